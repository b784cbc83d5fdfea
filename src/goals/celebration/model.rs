//! A success that is celebrated.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{CelebrationId, GoalId, PairId, PersonId};
use crate::pairs::model::Standing;
use crate::policy::{Related, Relations, Viewer};
use crate::text::{Name, Prose};

/// Maximum number of celebrations per goal.
pub const MOST: usize = 50;

/// A success that the mentor or the mentee celebrates.
#[derive(Clone, Debug, FromRow)]
pub struct Celebration {
    /// Id of the celebration.
    pub id: CelebrationId,
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
    /// Text of the celebration.
    pub text: Prose<2000>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

impl Related for Celebration {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}
