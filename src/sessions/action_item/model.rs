//! The action item record and its status: `open ⇄ completed`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::FromRow;

use crate::ids::{ActionItemId, PairId, PersonId, SessionId};
use crate::pairs::model::Standing;
use crate::policy::acts::{ChangeActionItem, ReadActionItem};
use crate::policy::{Bare, Guarded, Home, Private, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::problem::Problem;
use crate::text::Text;

/// A due date is at most this far in the future.
const FURTHEST_DUE: TimeDelta = TimeDelta::days(731);

values! {
    /// Status of an action item.
    pub enum ActionItemStatus {
        /// Not done yet. Every later session of the pair contains it in `carried_over`.
        Open,
        /// The item is done.
        Completed,
    }
}

values! {
    /// Person who does an action item.
    #[derive(Default)]
    pub enum ActionItemOwner {
        /// The mentor does it.
        Mentor,
        /// The mentee does it.
        #[default]
        Mentee,
    }
}

impl ActionItemOwner {
    /// Id of the person.
    pub const fn person(self, standing: &Standing) -> PersonId {
        match self {
            Self::Mentor => standing.mentor_id,
            Self::Mentee => standing.mentee_id,
        }
    }
}

places! {
    /// Text of an action item.
    ActionItemText = action_items.text of ActionItemId, ForBoth: Private Text;
}

/// An action item of a session.
#[derive(Clone, Debug, FromRow)]
pub struct ActionItem {
    /// Id of the item.
    pub id: ActionItemId,
    /// Id of the session in which it was added.
    pub session_id: SessionId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// The people who have a relation to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Id of the person who added it.
    pub author_id: PersonId,
    /// Id of the person who does it.
    pub owner_id: PersonId,
    /// Text of the item.
    pub text: Sealed<ActionItemText>,
    /// Due date.
    pub due_on: Guarded<Private, Bare<Option<NaiveDate>>>,
    /// Status of the item.
    pub status: ActionItemStatus,
    /// Id of the person who completed it.
    pub closed_by_id: Guarded<Private, Bare<Option<PersonId>>>,
    /// Time when it was completed.
    pub closed_at: Guarded<Private, Bare<Option<DateTime<Utc>>>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed text was written.
    pub words_revision: i64,
}

impl ActionItem {
    /// The context that the text is sealed for.
    pub fn home(&self) -> Home<ActionItemText> {
        Home::of_either(self.id, self.standing.two(self.pair_id), self.author_id, self.session_id, self.words_revision)
    }

    /// Person who does an action item.
    pub fn owner(&self) -> ActionItemOwner {
        if self.owner_id == self.standing.mentor_id { ActionItemOwner::Mentor } else { ActionItemOwner::Mentee }
    }

    /// Completes the item.
    pub fn complete(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        self.status = ActionItemStatus::Completed;
        self.closed_by_id = Some(by).into();
        self.closed_at = Some(now).into();
        self.updated_at = now;
        Ok(())
    }

    /// Reopens the item.
    pub fn reopen(&mut self, _: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.status == ActionItemStatus::Open {
            return Err(Problem::wrong_state("The action item is open already."));
        }
        self.status = ActionItemStatus::Open;
        self.closed_by_id = None.into();
        self.closed_at = None.into();
        self.updated_at = now;
        Ok(())
    }

    /// Refuses when the item is completed.
    pub fn check_is_open(&self) -> Result<(), Problem> {
        match self.status {
            ActionItemStatus::Open => Ok(()),
            ActionItemStatus::Completed => Err(Problem::wrong_state("The action item is completed. Reopen it first.")),
        }
    }
}

/// Checks a due date. Yesterday in UTC is accepted: it may still be today somewhere on earth.
pub fn check_due(due_on: Option<NaiveDate>, now: DateTime<Utc>) -> Result<(), Problem> {
    let today = now.date_naive();
    match due_on {
        Some(day) if day < today - TimeDelta::days(1) => Err(Problem::invalid("/due_on", "must not be in the past")),
        Some(day) if day > today + FURTHEST_DUE => {
            Err(Problem::invalid("/due_on", "must be at most two years in the future"))
        }
        _ => Ok(()),
    }
}

impl Related for ActionItem {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer).and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadActionItem> for ActionItem {}
impl Takes<ChangeActionItem> for ActionItem {}
