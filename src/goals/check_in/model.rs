//! What a check-in is: who said when how far a goal is, before and after.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;

use crate::goals::goal::model::Confidence;
use crate::goals::number::{Amount, Percent};
use crate::ids::{CheckInId, GoalId, KeyResultId, PairId, PersonId};
use crate::pairs::model::Standing;
use crate::policy::{Related, Relations, Viewer};
use crate::text::{Name, Prose};

/// A key result as a check-in reported it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct ReportedKeyResult {
    /// The key result. It may be gone by now.
    pub id: KeyResultId,
    /// What was measured.
    pub title: Name,
    /// Where it was before.
    pub value_before: Amount,
    /// Where it was said to be.
    pub value_after: Amount,
}

/// One report of progress.
#[derive(Clone, Debug, FromRow)]
pub struct CheckIn {
    /// Names the check-in.
    pub id: CheckInId,
    /// The goal it is about.
    pub goal_id: GoalId,
    /// The pair of the goal.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Who reported.
    pub author_id: PersonId,
    /// Their name.
    pub author_name: Name,
    /// Their title.
    pub author_title: Option<Name>,
    /// How sure they are.
    pub confidence: Confidence,
    /// How far the goal was.
    pub progress_before: Percent,
    /// How far it is since.
    pub progress_after: Percent,
    /// The key results that were reported.
    pub key_results: Json<Vec<ReportedKeyResult>>,
    /// In words, for everybody.
    pub note: Option<Prose<2000>>,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Related for CheckIn {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}
