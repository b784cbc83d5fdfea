//! What an action item is and how it lives: `open ⇄ completed`.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{ActionItemId, PairId, PersonId, SessionId};
use crate::pairs::model::Standing;
use crate::policy::acts::{ChangeActionItem, ReadActionItem};
use crate::policy::{Bare, Guarded, Home, Private, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::problem::Problem;
use crate::text::Text;

/// Nothing is due further ahead.
const FURTHEST_DUE: TimeDelta = TimeDelta::days(731);

/// Where an action item is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum ActionItemStatus {
    /// To be done. It comes with every later session until it is.
    Open,
    /// Done.
    Completed,
}

/// Which of the two does it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Owner {
    /// The mentor.
    Mentor,
    /// The mentee.
    #[default]
    Mentee,
}

impl Owner {
    /// The person.
    pub const fn person(self, standing: &Standing) -> PersonId {
        match self {
            Self::Mentor => standing.mentor_id,
            Self::Mentee => standing.mentee_id,
        }
    }
}

places! {
    /// What is to be done.
    ActionItemText = action_items.text of ActionItemId, ForBoth: Private Text;
}

/// Something to do before the two meet again.
#[derive(Clone, Debug, FromRow)]
pub struct ActionItem {
    /// Names the item.
    pub id: ActionItemId,
    /// The session it came from.
    pub session_id: SessionId,
    /// The pair that talked.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Who wrote it.
    pub author_id: PersonId,
    /// Who does it.
    pub owner_id: PersonId,
    /// What is to be done.
    pub text: Sealed<ActionItemText>,
    /// By when.
    pub due_on: Guarded<Private, Bare<Option<NaiveDate>>>,
    /// Where it is in its life.
    pub status: ActionItemStatus,
    /// Who said that it is done.
    pub closed_by_id: Guarded<Private, Bare<Option<PersonId>>>,
    /// When they did.
    pub closed_at: Guarded<Private, Bare<Option<DateTime<Utc>>>>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed words were written.
    pub words_revision: i64,
}

impl ActionItem {
    /// Where its text lives.
    pub fn home(&self) -> Home<ActionItemText> {
        Home::of_either(self.id, self.standing.two(self.pair_id), self.author_id, self.session_id, self.words_revision)
    }

    /// Which of the two does it.
    pub fn owner(&self) -> Owner {
        if self.owner_id == self.standing.mentor_id { Owner::Mentor } else { Owner::Mentee }
    }

    /// It is done.
    pub fn complete(&mut self, by: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_open()?;
        self.status = ActionItemStatus::Completed;
        self.closed_by_id = Some(by).into();
        self.closed_at = Some(now).into();
        self.updated_at = now;
        Ok(())
    }

    /// It is not done after all.
    pub fn reopen(&mut self, _: PersonId, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.status == ActionItemStatus::Open {
            return Err(Problem::wrong_state("The action item is open."));
        }
        self.status = ActionItemStatus::Open;
        self.closed_by_id = None.into();
        self.closed_at = None.into();
        self.updated_at = now;
        Ok(())
    }

    /// Refuses where it is done.
    pub fn check_is_open(&self) -> Result<(), Problem> {
        match self.status {
            ActionItemStatus::Open => Ok(()),
            ActionItemStatus::Completed => Err(Problem::wrong_state("The action item is done; reopen it first.")),
        }
    }
}

/// A day that still lies ahead, wherever on earth, and not in years.
pub fn check_due(due_on: Option<NaiveDate>, now: DateTime<Utc>) -> Result<(), Problem> {
    let today = now.date_naive();
    match due_on {
        Some(day) if day < today - TimeDelta::days(1) => Err(Problem::invalid("/due_on", "must not be in the past")),
        Some(day) if day > today + FURTHEST_DUE => Err(Problem::invalid("/due_on", "must be within two years")),
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
