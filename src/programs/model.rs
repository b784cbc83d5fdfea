//! A program, its stages, and the mentoring models that it can follow.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use crate::ids::{PersonId, ProgramId};
use crate::number::scales;
use crate::policy::acts::{ChangeProgram, ReadProgram};
use crate::policy::{Related, Relation, Relations, Takes, Viewer, readable_as};
use crate::problem::{Code, Problem};
use crate::text::{Name, Text};

/// Maximum number of coordinators per program.
const MOST_COORDINATORS: usize = 50;

values! {
    /// Mentoring model of a program or a pair. It sets rules for the levels of the two people and for the length of the
    /// pair.
    #[derive(Default, Hash)]
    pub enum ProgramModel {
        /// One mentor and one mentee, for several months.
        #[default]
        OneOnOne,
        /// One mentor with several mentees, each in a separate pair. The mentor has at least the level of the mentee.
        Group,
        /// Two people whose levels differ by at most one.
        Peer,
        /// The mentor has a lower level than the mentee.
        Reverse,
        /// One mentor and one mentee who meet only online.
        Virtual,
        /// People of different functions. The mentor is one level below to two levels above the mentee.
        Lateral,
        /// Mentoring towards the mentee's next role.
        Career,
        /// Mentoring about one skill.
        SkillBased,
        /// A new mentor every few months. A pair lasts at most 183 days.
        Rotational,
        /// One or a few conversations. A pair lasts at most 31 days. The mentor has at least the level of the mentee.
        Flash,
    }
}

impl ProgramModel {
    /// Smallest and largest number of levels that the mentor may be above the mentee. `None`: no limit.
    pub const fn level_window(self) -> Option<(i64, i64)> {
        match self {
            Self::Reverse => Some((-8, -1)),
            Self::Peer => Some((-1, 1)),
            Self::Lateral => Some((-1, 2)),
            Self::Group | Self::Flash => Some((0, 19)),
            Self::OneOnOne | Self::Virtual | Self::Career | Self::SkillBased | Self::Rotational => None,
        }
    }

    /// Maximum length of a pair of this model, in days. `None`: no limit.
    pub const fn longest_days(self) -> Option<i64> {
        match self {
            Self::Flash => Some(31),
            Self::Rotational => Some(183),
            _ => None,
        }
    }
}

values! {
    /// Stage of a program. A program moves through the stages in this order and never back.
    pub enum ProgramStage {
        /// The purpose and the participants of the program are being defined.
        Planning,
        /// People enrol and pairs are formed.
        Initiation,
        /// The pairs work.
        Mentoring,
        /// The results are evaluated. The last stage: no one can enrol any more.
        Evaluation,
    }
}

impl ProgramStage {
    /// The next stage. `None`: this is the last one.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Planning => Some(Self::Initiation),
            Self::Initiation => Some(Self::Mentoring),
            Self::Mentoring => Some(Self::Evaluation),
            Self::Evaluation => None,
        }
    }
}

values! {
    /// Rule for taking part in a program.
    #[derive(Default)]
    pub enum Enrolling {
        /// The program has no enrolments. Any person can be paired in it.
        #[default]
        None,
        /// Only the leads of the program can enrol people.
        Closed,
        /// People apply, and a lead approves or declines.
        ByApproval,
        /// Each person can enrol without approval.
        Open,
    }
}

scales! {
    /// Maximum number of mentors or of mentees in a program.
    Headcount from 1 to 1_000_000, such as 40;
}

/// A program with its coordinators. Every field is public.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Program {
    /// Id of the program.
    pub id: ProgramId,
    /// Unique name. Upper and lower case count as the same.
    pub name: Name,
    /// Purpose of the program.
    pub objectives: Option<Text>,
    /// Mentoring model of pairs that do not set their own.
    pub model: ProgramModel,
    /// Current stage.
    pub stage: ProgramStage,
    /// `true`: the organisation runs it, with goals and an end. `false`: a frame that people fill themselves.
    pub is_formal: bool,
    /// Whether a pair becomes active only after both people have accepted it.
    pub requires_acceptance: bool,
    /// Rule for taking part.
    pub enrolling: Enrolling,
    /// Maximum number of enrolled mentors. `None`: no limit.
    pub max_mentors: Option<i64>,
    /// Maximum number of enrolled mentees. `None`: no limit.
    pub max_mentees: Option<i64>,
    /// First day.
    pub starts_on: Option<NaiveDate>,
    /// Last day.
    pub ends_on: Option<NaiveDate>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
    /// The coordinators. Filled from a table of their own.
    #[sqlx(skip)]
    pub coordinators: Vec<Coordinator>,
}

/// A person who coordinates a program.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Coordinator {
    /// Id of the program.
    pub program_id: ProgramId,
    /// Id of the person.
    pub id: PersonId,
    /// Name of the person.
    pub name: Name,
    /// Job title of the person.
    pub title: Option<Name>,
}

impl Program {
    /// Refuses a last day before the first day.
    pub fn check_days(&self) -> Result<(), Problem> {
        match (self.starts_on, self.ends_on) {
            (Some(first), Some(last)) if last < first => {
                Err(Problem::invalid("/ends_on", "must not be before starts_on"))
            }
            _ => Ok(()),
        }
    }

    /// Moves the program to its next stage.
    pub fn advance(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        let next = self.stage.next();
        self.stage = next.ok_or_else(|| {
            Problem::wrong_state("The program is at its last stage, `evaluation`, and cannot advance.")
        })?;
        self.updated_at = now;
        Ok(())
    }

    /// Whether exactly these people coordinate it, in any order.
    pub fn is_coordinated_by_just(&self, people: &[PersonId]) -> bool {
        people.len() == self.coordinators.len() && self.coordinators.iter().all(|known| people.contains(&known.id))
    }
}

/// Refuses coordinators who are too many, repeated, unknown or departed. `found` has the people who exist, and whether
/// they are still employed.
pub fn check_coordinators(asked: &[PersonId], found: &[(PersonId, bool)]) -> Result<(), Problem> {
    if asked.len() > MOST_COORDINATORS {
        return Err(Problem::invalid("/coordinator_ids", format!("must have at most {MOST_COORDINATORS} items")));
    }
    let mut seen = HashSet::new();
    for (index, person) in asked.iter().enumerate() {
        let pointer = format!("/coordinator_ids/{index}");
        if !seen.insert(person) {
            return Err(Problem::invalid(pointer, "must not occur twice"));
        }
        match found.iter().find(|(id, _)| id == person) {
            Some((_, true)) => {}
            Some((_, false)) => {
                let problem = Problem::new(
                    Code::PersonNotActive,
                    "A coordinator has left the organisation. Choose a person who works here.",
                );
                return Err(problem.at(pointer, "must be the id of a person who has not left"));
            }
            None => return Err(Problem::invalid(pointer, "must be the id of a person")),
        }
    }
    Ok(())
}

/// The coordinators lead the program if their token has the role. Admins lead every program.
impl Related for Program {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.leads(Some(self.id)))
    }
}

readable_as!(Program: ReadProgram, "programs");

impl Takes<ReadProgram> for Program {}
impl Takes<ChangeProgram> for Program {}
