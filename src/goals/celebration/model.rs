//! What a celebration is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{CelebrationId, GoalId, PairId, PersonId};
use crate::pairs::model::Standing;
use crate::policy::{Related, Relations, Viewer};
use crate::text::{Name, Prose};

/// A goal has at most so many.
pub const MOST: usize = 50;

/// Something to be glad of.
#[derive(Clone, Debug, FromRow)]
pub struct Celebration {
    /// Names the celebration.
    pub id: CelebrationId,
    /// The goal it is about.
    pub goal_id: GoalId,
    /// The pair of the goal.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Who is glad.
    pub author_id: PersonId,
    /// Their name.
    pub author_name: Name,
    /// Their title.
    pub author_title: Option<Name>,
    /// Of what.
    pub text: Prose<2000>,
    /// When.
    pub created_at: DateTime<Utc>,
}

impl Related for Celebration {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}
