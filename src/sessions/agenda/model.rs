//! What an agenda item is.

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

/// The other has this long to prepare.
const IN_TIME: TimeDelta = TimeDelta::hours(24);

/// What an agenda item is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Topic {
    /// Getting better at something.
    SkillDevelopment,
    /// Where to go from here.
    CareerPlanning,
    /// A knot to untie.
    ProblemSolving,
    /// How something was.
    Feedback,
    /// Whom to know.
    Networking,
    /// What to choose.
    DecisionMaking,
    /// How things go around here.
    CompanyNavigation,
    /// Something else.
    Other,
}

/// Where an item stands on the agenda, 1 to 1000; equal ones stand in the order they were added.
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
    /// What an agenda item is about.
    AgendaItemTopic = agenda_items.topic of AgendaItemId, ForBoth: Private Topic;
    /// What it says.
    AgendaItemText = agenda_items.text of AgendaItemId, ForBoth: Private Text;
}

/// Something that one of the two wants to talk about.
#[derive(Clone, Debug, FromRow)]
pub struct AgendaItem {
    /// Names the item.
    pub id: AgendaItemId,
    /// The session it is for.
    pub session_id: SessionId,
    /// The calendar event of the session, on which the agenda hangs: it moves with it.
    pub event_id: SessionId,
    /// The pair that talks.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// When the session begins.
    pub starts_at: DateTime<Utc>,
    /// Where the session is in its life.
    pub session_status: SessionStatus,
    /// Who added it.
    pub author_id: PersonId,
    /// What it is about.
    pub topic: Sealed<AgendaItemTopic>,
    /// What it says.
    pub text: Sealed<AgendaItemText>,
    /// Where it stands on the agenda.
    pub position: Position,
    /// When it was added.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed words were written.
    pub words_revision: i64,
}

impl AgendaItem {
    /// Where its topic and text live.
    pub fn home<P: Place<Row = AgendaItemId, Kin = ForBoth>>(&self) -> Home<P> {
        Home::of_either(self.id, self.standing.two(self.pair_id), self.author_id, self.event_id, self.words_revision)
    }

    /// Whether it left the other less than a day to prepare.
    pub fn is_late(&self) -> bool {
        self.created_at > self.starts_at - IN_TIME
    }

    /// Refuses to rewrite the agenda of a session that is over.
    pub fn check_is_open(&self) -> Result<(), Problem> {
        match self.session_status {
            SessionStatus::Scheduled => Ok(()),
            _ => Err(Problem::wrong_state("The session is over, and so is its agenda.")),
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
