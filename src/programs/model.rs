//! What a program is, and the models of mentoring it can follow.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::{PersonId, ProgramId};
use crate::number::scales;
use crate::policy::acts::{ChangeProgram, ReadProgram};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::{Code, Problem};
use crate::text::{Name, Text};

/// A program has at most this many coordinators.
const MOST_COORDINATORS: usize = 50;

/// A way of mentoring, with its own rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Model {
    /// One mentor, one mentee, for months.
    #[default]
    OneOnOne,
    /// One mentor and several mentees, each a pair of its own.
    Group,
    /// Two people of about the same level.
    Peer,
    /// The junior mentors the senior.
    Reverse,
    /// One on one, never in one room.
    Virtual,
    /// Across functions, at about the same level.
    Lateral,
    /// Towards a next role.
    Career,
    /// About one skill.
    SkillBased,
    /// A new mentor every few months.
    Rotational,
    /// One or a few talks within a month.
    Flash,
}

impl Model {
    /// How many levels the mentor may be above the mentee, least and most. `None`: any.
    pub const fn level_window(self) -> Option<(i64, i64)> {
        match self {
            Self::Reverse => Some((-8, -1)),
            Self::Peer => Some((-1, 1)),
            Self::Lateral => Some((-1, 2)),
            Self::Group | Self::Flash => Some((0, 19)),
            Self::OneOnOne | Self::Virtual | Self::Career | Self::SkillBased | Self::Rotational => None,
        }
    }

    /// The longest a pair of this model may last, in days. `None`: as long as it likes.
    pub const fn longest_days(self) -> Option<i64> {
        match self {
            Self::Flash => Some(31),
            Self::Rotational => Some(183),
            _ => None,
        }
    }
}

/// Where a program is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Stage {
    /// What it is for and who may take part is being settled.
    Planning,
    /// People sign up and are put together.
    Initiation,
    /// Pairs are at work.
    Mentoring,
    /// What came of it is being looked at. The last stage.
    Evaluation,
}

impl Stage {
    /// The stage after this one. `None`: this is the last.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Planning => Some(Self::Initiation),
            Self::Initiation => Some(Self::Mentoring),
            Self::Mentoring => Some(Self::Evaluation),
            Self::Evaluation => None,
        }
    }
}

/// How people come to take part in a program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Enrolling {
    /// They do not: anybody may be paired in it.
    #[default]
    None,
    /// Only as leads enrol them.
    Closed,
    /// They apply, and a lead answers.
    ByApproval,
    /// Whoever likes to.
    Open,
}

scales! {
    /// How many people may take part in a program as mentors, or as mentees.
    Headcount from 1 to 1_000_000, such as 40;
}

/// A program with its coordinators. All of it is public.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Program {
    /// Names the program.
    pub id: ProgramId,
    /// What it is called; no other program is.
    pub name: Name,
    /// What it is for.
    pub objectives: Option<Text>,
    /// The way of mentoring of its pairs, unless one says otherwise.
    pub model: Model,
    /// Where it is in its life.
    pub stage: Stage,
    /// Run by the organisation, with goals and an end; or a frame that people fill themselves.
    pub is_formal: bool,
    /// Its pairs begin only when both have said yes.
    pub asks_for_acceptance: bool,
    /// How people come to take part.
    pub enrolling: Enrolling,
    /// So many mentors take part at most.
    pub most_mentors: Option<i64>,
    /// So many mentees.
    pub most_mentees: Option<i64>,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Who coordinates it. Filled from its own table.
    #[sqlx(skip)]
    pub coordinators: Vec<Coordinator>,
}

/// Somebody who coordinates a program.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Coordinator {
    /// The program.
    pub program_id: ProgramId,
    /// Names the person.
    pub id: PersonId,
    /// Their name.
    pub name: Name,
    /// Their title.
    pub title: Option<Name>,
}

impl Program {
    /// Refuses an end before the beginning.
    pub fn check_days(&self) -> Result<(), Problem> {
        match (self.starts_on, self.ends_on) {
            (Some(first), Some(last)) if last < first => {
                Err(Problem::invalid("/ends_on", "must not be before starts_on"))
            }
            _ => Ok(()),
        }
    }

    /// It enters its next stage; there is no way back.
    pub fn advance(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        let next = self.stage.next();
        self.stage = next.ok_or_else(|| Problem::wrong_state("Evaluation is the last stage of a program."))?;
        self.updated_at = now;
        Ok(())
    }

    /// Whether these coordinate it, in whatever order.
    pub fn is_coordinated_by_just(&self, people: &[PersonId]) -> bool {
        people.len() == self.coordinators.len() && self.coordinators.iter().all(|known| people.contains(&known.id))
    }
}

/// Refuses coordinators who are too many, named twice, unknown or gone. `found` are those of them
/// who exist, and whether they still work here.
pub fn check_coordinators(asked: &[PersonId], found: &[(PersonId, bool)]) -> Result<(), Problem> {
    if asked.len() > MOST_COORDINATORS {
        return Err(Problem::invalid("/coordinator_ids", format!("must be at most {MOST_COORDINATORS}")));
    }
    let mut seen = HashSet::new();
    for (index, person) in asked.iter().enumerate() {
        let pointer = format!("/coordinator_ids/{index}");
        if !seen.insert(person) {
            return Err(Problem::invalid(pointer, "is named twice"));
        }
        match found.iter().find(|(id, _)| id == person) {
            Some((_, true)) => {}
            Some((_, false)) => {
                let problem = Problem::new(Code::PersonNotActive, "Who left does not coordinate a program.");
                return Err(problem.at(pointer, "has left"));
            }
            None => return Err(Problem::invalid(pointer, "names no person")),
        }
    }
    Ok(())
}

/// Led by its coordinators, if they hold the role, and by admins.
impl Related for Program {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.leads(Some(self.id)))
    }
}

impl Readable for Program {
    type Read = ReadProgram;
    const KIND: &'static str = "programs";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadProgram> for Program {}
impl Takes<ChangeProgram> for Program {}
