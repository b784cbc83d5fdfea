//! An enrolment and its status changes. The rules of the program decide whether it starts as `applied`, `waiting` or
//! `enrolled`. Then: `applied → enrolled | waiting | declined`, `waiting → enrolled | declined`, `enrolled → ended`.
//! The person can withdraw until it has ended.

use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use sqlx::FromRow;
use sqlx::types::Json;

use crate::ids::{EnrolmentId, PersonId, ProgramId};
use crate::outbox::Event;
use crate::people::person::scale::Capacity;
use crate::people::person::store::Candidate;
use crate::policy::acts::{ChangeEnrolment, DecideEnrolment, Enrol, EnrolOthers, ReadEnrolment};
use crate::policy::{Related, Relation, Relations, Takes, Viewer, readable_as};
use crate::problem::{Code, Problem};
use crate::programs::model::{Enrolling, Program, ProgramStage};
use crate::text::Name;

values! {
    /// Role of a person in a program.
    pub enum EnrolmentRole {
        /// The person takes part as a mentor.
        Mentor,
        /// The person takes part as a mentee.
        Mentee,
    }
}

impl EnrolmentRole {
    /// Both roles.
    pub const ALL: [Self; 2] = [Self::Mentor, Self::Mentee];
}

values! {
    /// Status of an enrolment.
    pub enum EnrolmentStatus {
        /// The person has applied. A lead has to approve or decline.
        Applied,
        /// The program is full. The person is enrolled as soon as there is a free place, in order of enrolment.
        Waiting,
        /// The person takes part.
        Enrolled,
        /// A lead declined the enrolment. It is over.
        Declined,
        /// The person withdrew. The enrolment is over.
        Withdrawn,
        /// A lead removed the person from the program. The enrolment is over.
        Ended,
    }
}

/// The free places of a program. Negative if the limit was lowered below the number of enrolled people.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct FreePlaces {
    /// Whether the program takes enrolments: not if its rule is `none`, and not at its last stage.
    pub is_open: bool,
    /// Free places for mentors. `None`: no limit.
    pub mentors: Option<i64>,
    /// Free places for mentees. `None`: no limit.
    pub mentees: Option<i64>,
}

impl FreePlaces {
    /// Free places for this role.
    pub const fn of(self, role: EnrolmentRole) -> Option<i64> {
        match role {
            EnrolmentRole::Mentor => self.mentors,
            EnrolmentRole::Mentee => self.mentees,
        }
    }

    /// Whether there is a free place for this role.
    pub fn has(self, role: EnrolmentRole) -> bool {
        self.is_open && self.of(role).is_none_or(|places| places > 0)
    }
}

/// A person's place in a program, or their application for one.
#[derive(Clone, Debug, FromRow)]
pub struct Enrolment {
    /// Id of the enrolment.
    pub id: EnrolmentId,
    /// Id of the program.
    pub program_id: ProgramId,
    /// Name of the program.
    pub program_name: Name,
    /// Id of the person who takes part.
    pub person_id: PersonId,
    /// Name of the person.
    pub person_name: Name,
    /// Job title of the person.
    pub person_title: Option<Name>,
    /// Role in the program.
    pub role: EnrolmentRole,
    /// Status of the enrolment.
    pub status: EnrolmentStatus,
    /// Maximum number of mentees that the mentor takes in this program. `None`: the capacity in the mentor's profile.
    pub capacity: Option<i64>,
    /// Ids of the people the person wants to be paired with, the most wanted first.
    pub wishes: Json<Vec<PersonId>>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
}

impl Enrolment {
    /// Whether the enrolment is over.
    pub const fn is_over(&self) -> bool {
        matches!(self.status, EnrolmentStatus::Declined | EnrolmentStatus::Withdrawn | EnrolmentStatus::Ended)
    }

    /// A lead approves. If the program is full, the person waits.
    pub fn approve(&mut self, free: FreePlaces, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.status != EnrolmentStatus::Applied {
            return Err(Problem::wrong_state(match self.status {
                EnrolmentStatus::Waiting => {
                    "The enrolment is already approved and waits for a free place. Raise the limit of the program."
                }
                _ => "The enrolment has already been decided.",
            }));
        }
        if !free.is_open {
            return Err(Problem::wrong_state("The program takes no enrolments any more."));
        }
        self.status = if free.has(self.role) { EnrolmentStatus::Enrolled } else { EnrolmentStatus::Waiting };
        self.updated_at = now;
        Ok(())
    }

    /// A lead declines.
    pub fn decline(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        if !matches!(self.status, EnrolmentStatus::Applied | EnrolmentStatus::Waiting) {
            return Err(Problem::wrong_state(
                "Only an enrolment with the status `applied` or `waiting` can be declined.",
            ));
        }
        self.status = EnrolmentStatus::Declined;
        self.updated_at = now;
        Ok(())
    }

    /// The person withdraws, or a lead removes an enrolled person.
    pub fn withdraw(&mut self, by: &Viewer, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.is_over() {
            return Err(Problem::wrong_state("The enrolment is over and cannot be changed."));
        }
        self.status = match self.status {
            _ if by.is(self.person_id) => EnrolmentStatus::Withdrawn,
            EnrolmentStatus::Enrolled => EnrolmentStatus::Ended,
            _ => return Err(Problem::wrong_state("The person is not enrolled yet. Decline the enrolment instead.")),
        };
        self.updated_at = now;
        Ok(())
    }

    /// Sets the maximum number of mentees that the mentor takes in this program.
    pub fn take(&mut self, capacity: Option<Capacity>, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_not_over()?;
        check_capacity(self.role, capacity)?;
        self.capacity = capacity.map(i64::from);
        self.updated_at = now;
        Ok(())
    }

    /// Sets the people the person wants to be paired with.
    pub fn wish(&mut self, wishes: Wishes, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_not_over()?;
        if let Some(index) = wishes.0.iter().position(|person| *person == self.person_id) {
            return Err(Problem::invalid(
                format!("/wishes/{index}"),
                "must be another person than the one of the enrolment",
            ));
        }
        self.wishes = Json(wishes.0);
        self.updated_at = now;
        Ok(())
    }

    fn check_is_not_over(&self) -> Result<(), Problem> {
        if self.is_over() { Err(Problem::wrong_state("The enrolment is over and cannot be changed.")) } else { Ok(()) }
    }

    /// The event of the current status.
    pub const fn event(&self) -> Event {
        match self.status {
            EnrolmentStatus::Applied => Event::EnrolmentRequested(self.id),
            EnrolmentStatus::Waiting => Event::EnrolmentQueued(self.id),
            EnrolmentStatus::Enrolled => Event::EnrolmentAccepted(self.id),
            EnrolmentStatus::Declined => Event::EnrolmentDeclined(self.id),
            EnrolmentStatus::Withdrawn => Event::EnrolmentWithdrawn(self.id),
            EnrolmentStatus::Ended => Event::EnrolmentEnded(self.id),
        }
    }
}

/// Up to twenty people a person wants to be paired with, each once, the most wanted first.
#[derive(Clone, Debug)]
pub struct Wishes(Vec<PersonId>);

impl Wishes {
    /// Maximum number of wishes.
    pub const MOST: usize = 20;

    /// Ids of the wanted people.
    pub fn people(&self) -> &[PersonId] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Wishes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wishes = Vec::deserialize(from)?;
        let has_twice = wishes.iter().enumerate().any(|(index, person)| wishes[..index].contains(person));
        match wishes.len() {
            ..=Self::MOST if has_twice => Err(D::Error::custom("must not contain a person twice")),
            ..=Self::MOST => Ok(Self(wishes)),
            _ => Err(D::Error::custom(format!("must have at most {} people", Self::MOST))),
        }
    }
}

/// Refuses a capacity for a mentee.
pub fn check_capacity(role: EnrolmentRole, capacity: Option<Capacity>) -> Result<(), Problem> {
    if role == EnrolmentRole::Mentee && capacity.is_some() {
        return Err(Problem::invalid("/capacity", "must be absent for a mentee"));
    }
    Ok(())
}

/// The first status of a new enrolment, or the reason why the person cannot enrol.
pub fn begin(program: &Program, is_lead: bool, has_room: bool) -> Result<EnrolmentStatus, Problem> {
    if program.stage == ProgramStage::Evaluation {
        return Err(Problem::wrong_state("The program is at its last stage, `evaluation`, and takes no enrolments."));
    }
    let needs_approval = match program.enrolling {
        Enrolling::None => {
            return Err(Problem::wrong_state("The program has no enrolments: any person can be paired in it."));
        }
        Enrolling::Closed if !is_lead => {
            return Err(Problem::wrong_state("Only the leads of this program can enrol people. Ask a coordinator."));
        }
        Enrolling::ByApproval => !is_lead,
        Enrolling::Closed | Enrolling::Open => false,
    };
    Ok(match (needs_approval, has_room) {
        (true, _) => EnrolmentStatus::Applied,
        (false, true) => EnrolmentStatus::Enrolled,
        (false, false) => EnrolmentStatus::Waiting,
    })
}

/// Refuses a person who is not active, or whose profile does not allow the role.
pub fn check_person(person: &Candidate, role: EnrolmentRole) -> Result<(), Problem> {
    if !person.is_active {
        return Err(Problem::new(
            Code::PersonNotActive,
            "The person is not active. Only active people can enrol in programs.",
        ));
    }
    match role {
        EnrolmentRole::Mentor if !person.offers_mentoring => Err(Problem::wrong_state(
            "The person's profile does not have `offers_mentoring`. The person must turn it on first.",
        )),
        EnrolmentRole::Mentee if !person.wants_mentoring => Err(Problem::wrong_state(
            "The person's profile does not have `wants_mentoring`. The person must turn it on first.",
        )),
        EnrolmentRole::Mentor | EnrolmentRole::Mentee => Ok(()),
    }
}

/// The parties are the person and the leads of the program.
impl Related for Enrolment {
    fn relations(&self, viewer: &Viewer) -> Relations {
        let leads = viewer.leads(Some(self.program_id));
        let relations = viewer.relations().and(Relation::Party, leads || viewer.is(self.person_id));
        relations.and(Relation::Lead, leads)
    }
}

readable_as!(Enrolment: ReadEnrolment, "enrolments");

impl Takes<ReadEnrolment> for Enrolment {}
impl Takes<ChangeEnrolment> for Enrolment {}
impl Takes<DecideEnrolment> for Enrolment {}
impl Takes<Enrol> for Program {}
impl Takes<EnrolOthers> for Program {}
