//! A check-in: a report of the progress of a goal, before and after.

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
    /// Id of the key result. The key result may have been deleted since.
    pub id: KeyResultId,
    /// Name of the measured quantity at the time of the check-in.
    pub title: Name,
    /// Value before the check-in.
    pub value_before: Amount,
    /// Reported value.
    pub value_after: Amount,
}

/// A report of progress.
#[derive(Clone, Debug, FromRow)]
pub struct CheckIn {
    /// Id of the check-in.
    pub id: CheckInId,
    /// Id of the goal.
    pub goal_id: GoalId,
    /// Id of the pair of the goal.
    pub pair_id: PairId,
    /// The pair's people and program, for the access rules.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Id of the author.
    pub author_id: PersonId,
    /// Name of the author.
    pub author_name: Name,
    /// Job title of the author.
    pub author_title: Option<Name>,
    /// The author's estimate.
    pub confidence: Confidence,
    /// Progress before the check-in.
    pub progress_before: Percent,
    /// Progress after the check-in.
    pub progress_after: Percent,
    /// The reported key results.
    pub key_results: Json<Vec<ReportedKeyResult>>,
    /// The report in words. Public.
    pub note: Option<Prose<2000>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

impl Related for CheckIn {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}
