//! The agenda item record.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{AgendaItemId, PairId, PersonId, SessionId};
use crate::number::whole;
use crate::pairs::model::Standing;
use crate::policy::acts::{ChangeAgendaItem, ReadAgendaItem};
use crate::policy::{ForBoth, Home, Place, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::problem::Problem;
use crate::sessions::session::model::SessionStatus;
use crate::text::Text;

/// Items that are added later than this before the session are late: the other person needs time to prepare.
const TIME_TO_PREPARE: TimeDelta = TimeDelta::hours(24);

values! {
    /// Topic of an agenda item.
    pub enum AgendaTopic {
        /// To improve a skill.
        SkillDevelopment,
        /// To plan the next career steps.
        CareerPlanning,
        /// To solve a problem.
        ProblemSolving,
        /// To give or get feedback.
        Feedback,
        /// To find people worth knowing.
        Networking,
        /// To prepare or make a decision.
        DecisionMaking,
        /// To understand how the organisation works.
        CompanyNavigation,
        /// Another topic.
        Other,
    }
}

/// Position on the agenda, 1 to 1000. Items with the same position are sorted by time of creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[sqlx(transparent)]
#[schema(minimum = 1, maximum = 1000, examples(1))]
pub struct Position(i64);

impl Position {
    /// The number itself.
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl<'de> Deserialize<'de> for Position {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        whole(from)
    }
}

impl TryFrom<i64> for Position {
    type Error = &'static str;

    fn try_from(number: i64) -> Result<Self, Self::Error> {
        if (1..=1000).contains(&number) { Ok(Self(number)) } else { Err("must be from 1 to 1000") }
    }
}

places! {
    /// Topic of an agenda item.
    AgendaItemTopic = agenda_items.topic of AgendaItemId, ForBoth: Private AgendaTopic;
    /// Text of an agenda item.
    AgendaItemText = agenda_items.text of AgendaItemId, ForBoth: Private Text;
}

/// An agenda item of a session.
#[derive(Clone, Debug, FromRow)]
pub struct AgendaItem {
    /// Id of the item.
    pub id: AgendaItemId,
    /// Id of the session.
    pub session_id: SessionId,
    /// Id of the calendar event of the session. It stays the same when the session is rescheduled and the agenda moves.
    pub event_id: SessionId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// The people who have a relation to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Start of the session.
    pub starts_at: DateTime<Utc>,
    /// Status of the session.
    pub session_status: SessionStatus,
    /// Id of the person who added it.
    pub author_id: PersonId,
    /// Topic of the item.
    pub topic: Sealed<AgendaItemTopic>,
    /// Text of the item.
    pub text: Sealed<AgendaItemText>,
    /// Position on the agenda.
    pub position: Position,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed texts were written.
    pub words_revision: i64,
}

impl AgendaItem {
    /// The context that topic and text are sealed for.
    pub fn home<P: Place<Row = AgendaItemId, Ownership = ForBoth>>(&self) -> Home<P> {
        Home::of_either(self.id, self.standing.two(self.pair_id), self.author_id, self.event_id, self.words_revision)
    }

    /// Whether it was added less than a day before the session.
    pub fn is_late(&self) -> bool {
        self.created_at > self.starts_at - TIME_TO_PREPARE
    }

    /// Refuses unless the session is scheduled.
    pub fn check_is_open(&self) -> Result<(), Problem> {
        match self.session_status {
            SessionStatus::Scheduled => Ok(()),
            _ => Err(Problem::wrong_state("The session is not `scheduled` any more, so its agenda cannot be changed.")),
        }
    }
}

impl Related for AgendaItem {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer).and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadAgendaItem> for AgendaItem {}
impl Takes<ChangeAgendaItem> for AgendaItem {}
