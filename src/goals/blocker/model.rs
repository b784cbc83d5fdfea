//! An obstacle to a goal, and its changes.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{BlockerId, GoalId, PairId, PersonId};
use crate::pairs::model::Standing;
use crate::policy::acts::{ChangeBlocker, ReadBlocker, ResolveBlocker};
use crate::policy::{Home, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::problem::Problem;
use crate::text::{Name, Text};

places! {
    /// Description of a blocker.
    BlockerText = blockers.text of BlockerId, ForBoth: Private Text;
}

/// An obstacle to a goal.
#[derive(Clone, Debug, FromRow)]
pub struct Blocker {
    /// Id of the blocker.
    pub id: BlockerId,
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
    /// Description of the obstacle.
    pub text: Sealed<BlockerText>,
    /// Time at which the blocker was resolved.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Id of the person who resolved it.
    pub resolved_by_id: Option<PersonId>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
    /// Number of times the sealed text was written.
    pub words_revision: i64,
}

impl Blocker {
    /// The place to which the sealed text is bound.
    pub fn home(&self) -> Home<BlockerText> {
        Home::for_both(self.id, self.standing.two(self.pair_id), &self.author_id, self.goal_id, self.words_revision)
    }

    /// Changes the text of an open blocker.
    pub fn reword(&mut self, now: DateTime<Utc>, words: impl FnOnce(&mut Self)) -> Result<(), Problem> {
        self.check_is_open("The blocker is resolved and cannot be changed. Create a new one.")?;
        words(self);
        self.updated_at = now;
        Ok(())
    }

    /// Resolves an open blocker.
    pub fn resolve(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open("The blocker is already resolved.")?;
        self.resolved_at = Some(now);
        self.resolved_by_id = Some(by);
        self.updated_at = now;
        Ok(())
    }

    fn check_is_open(&self, detail: &'static str) -> Result<(), Problem> {
        if self.resolved_at.is_none() { Ok(()) } else { Err(Problem::wrong_state(detail)) }
    }
}

/// Only the mentor and the mentee have a relation that the access rules allow. For everyone else the blocker does not
/// exist.
impl Related for Blocker {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer).and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadBlocker> for Blocker {}
impl Takes<ChangeBlocker> for Blocker {}
impl Takes<ResolveBlocker> for Blocker {}
