//! What a blocker is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{BlockerId, GoalId, PairId, PersonId};
use crate::pairs::model::Standing;
use crate::policy::acts::{ChangeBlocker, ReadBlocker, ResolveBlocker};
use crate::policy::{Home, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::problem::Problem;
use crate::text::{Name, Text};

places! {
    /// What a blocker says.
    BlockerText = blockers.text of BlockerId, ForBoth: Private Text;
}

/// Something that stands in the way of a goal.
#[derive(Clone, Debug, FromRow)]
pub struct Blocker {
    /// Names the blocker.
    pub id: BlockerId,
    /// The goal it stands in the way of.
    pub goal_id: GoalId,
    /// The pair of the goal.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Who raised it.
    pub author_id: PersonId,
    /// Their name.
    pub author_name: Name,
    /// Their title.
    pub author_title: Option<Name>,
    /// What it is.
    pub text: Sealed<BlockerText>,
    /// When it was out of the way.
    pub resolved_at: Option<DateTime<Utc>>,
    /// Which of the two said so.
    pub resolved_by_id: Option<PersonId>,
    /// When it was raised.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed words were written.
    pub words_revision: i64,
}

impl Blocker {
    /// Where its text lives.
    pub fn home(&self) -> Home<BlockerText> {
        Home::for_both(self.id, self.standing.two(self.pair_id), &self.author_id, self.goal_id, self.words_revision)
    }

    /// Its author says it in other words.
    pub fn reword(&mut self, now: DateTime<Utc>, words: impl FnOnce(&mut Self)) -> Result<(), Problem> {
        self.check_is_open("It is out of the way; raise a new one.")?;
        words(self);
        self.updated_at = now;
        Ok(())
    }

    /// One of the two says that it is out of the way.
    pub fn resolve(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open("It is out of the way already.")?;
        self.resolved_at = Some(now);
        self.resolved_by_id = Some(by);
        self.updated_at = now;
        Ok(())
    }

    fn check_is_open(&self, otherwise: &'static str) -> Result<(), Problem> {
        if self.resolved_at.is_none() { Ok(()) } else { Err(Problem::wrong_state(otherwise)) }
    }
}

/// Only the two stand to a blocker in a way that counts: nobody else learns that it exists.
impl Related for Blocker {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer).and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadBlocker> for Blocker {}
impl Takes<ChangeBlocker> for Blocker {}
impl Takes<ResolveBlocker> for Blocker {}
