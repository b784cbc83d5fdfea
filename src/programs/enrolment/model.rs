//! What an enrolment is and how it lives: it begins as `applied`, `waiting` or `enrolled`, as the program has it;
//! `applied → enrolled | waiting | declined`, `waiting → enrolled | declined`, `enrolled → ended`; and whose it is may let it
//! be `withdrawn` until it is over.

use chrono::{DateTime, Utc};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::Room;
use crate::ids::{EnrolmentId, PersonId, ProgramId};
use crate::outbox::Event;
use crate::people::person::scale::Capacity;
use crate::people::person::store::Candidate;
use crate::policy::acts::{ChangeEnrolment, DecideEnrolment, Enrol, EnrolOthers, ReadEnrolment};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::{Code, Problem};
use crate::programs::model::{Enrolling, Program, Stage};
use crate::text::Name;

/// As what somebody takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum EnrolmentRole {
    /// Gives.
    Mentor,
    /// Asks.
    Mentee,
}

impl EnrolmentRole {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Mentor, Self::Mentee];
}

/// Where an enrolment is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum EnrolmentStatus {
    /// Waits for a lead's yes.
    Applied,
    /// May take part as soon as there is room; who came first comes first.
    Waiting,
    /// Takes part.
    Enrolled,
    /// A lead said no.
    Declined,
    /// Takes no part any more, by their own will.
    Withdrawn,
    /// Takes no part any more: a lead took them out.
    Ended,
}

/// That somebody takes part in a program, or would like to.
#[derive(Clone, Debug, FromRow)]
pub struct Enrolment {
    /// Names the enrolment.
    pub id: EnrolmentId,
    /// The program.
    pub program_id: ProgramId,
    /// Its name.
    pub program_name: Name,
    /// Who takes part.
    pub person_id: PersonId,
    /// Their name.
    pub person_name: Name,
    /// Their title.
    pub person_title: Option<Name>,
    /// As what.
    pub role: EnrolmentRole,
    /// Where it is in its life.
    pub status: EnrolmentStatus,
    /// Mentees that a mentor would take in this program; `None`: as many as they have places.
    pub places: Option<i64>,
    /// Whom they would like to be paired with, the most wanted first.
    pub wishes: Json<Vec<PersonId>>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
}

impl Enrolment {
    /// Whether it is over.
    pub const fn is_over(&self) -> bool {
        matches!(self.status, EnrolmentStatus::Declined | EnrolmentStatus::Withdrawn | EnrolmentStatus::Ended)
    }

    /// A lead says yes; who finds no room waits.
    pub fn approve(&mut self, room: Room, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.status != EnrolmentStatus::Applied {
            return Err(Problem::wrong_state(match self.status {
                EnrolmentStatus::Waiting => "Who waits is let in as soon as there is room: raise the program's limit.",
                _ => "This enrolment has had its answer.",
            }));
        }
        if !room.is_open {
            return Err(Problem::wrong_state("Nobody enrols in this program any more."));
        }
        self.status = if room.has(self.role) { EnrolmentStatus::Enrolled } else { EnrolmentStatus::Waiting };
        self.updated_at = now;
        Ok(())
    }

    /// A lead says no.
    pub fn decline(&mut self, now: DateTime<Utc>) -> Result<(), Problem> {
        if !matches!(self.status, EnrolmentStatus::Applied | EnrolmentStatus::Waiting) {
            return Err(Problem::wrong_state("Only who applied or waits can be declined."));
        }
        self.status = EnrolmentStatus::Declined;
        self.updated_at = now;
        Ok(())
    }

    /// They take no part any more, as they like, or as a lead does who let them in.
    pub fn withdraw(&mut self, by: &Viewer, now: DateTime<Utc>) -> Result<(), Problem> {
        if self.is_over() {
            return Err(Problem::wrong_state("This enrolment is over."));
        }
        self.status = match self.status {
            _ if by.is(self.person_id) => EnrolmentStatus::Withdrawn,
            EnrolmentStatus::Enrolled => EnrolmentStatus::Ended,
            _ => return Err(Problem::wrong_state("Who is not in yet is declined, not taken out.")),
        };
        self.updated_at = now;
        Ok(())
    }

    /// A mentor takes another number of mentees in this program.
    pub fn take(&mut self, places: Option<Capacity>, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_not_over()?;
        check_places(self.role, places)?;
        self.places = places.map(i64::from);
        self.updated_at = now;
        Ok(())
    }

    /// They would like to be paired with these.
    pub fn wish(&mut self, wishes: Wishes, now: DateTime<Utc>) -> Result<(), Problem> {
        self.check_is_not_over()?;
        if let Some(place) = wishes.0.iter().position(|person| *person == self.person_id) {
            return Err(Problem::invalid(format!("/wishes/{place}"), "is whose enrolment it is"));
        }
        self.wishes = Json(wishes.0);
        self.updated_at = now;
        Ok(())
    }

    fn check_is_not_over(&self) -> Result<(), Problem> {
        if self.is_over() { Err(Problem::wrong_state("This enrolment is over.")) } else { Ok(()) }
    }

    /// What is told of it once it is where it is now.
    pub const fn news(&self) -> Event {
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

/// Up to twenty people whom somebody would like to be paired with, each once, the most wanted first.
#[derive(Clone, Debug)]
pub struct Wishes(Vec<PersonId>);

impl Wishes {
    /// So many at most.
    pub const MOST: usize = 20;

    /// Who is wished for.
    pub fn people(&self) -> &[PersonId] {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Wishes {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let wishes = Vec::deserialize(from)?;
        let has_twice = wishes.iter().enumerate().any(|(place, person)| wishes[..place].contains(person));
        match wishes.len() {
            ..=Self::MOST if has_twice => Err(D::Error::custom("names somebody twice")),
            ..=Self::MOST => Ok(Self(wishes)),
            _ => Err(D::Error::custom(format!("must name at most {} people", Self::MOST))),
        }
    }
}

/// Refuses places where nobody is taken.
pub fn check_places(role: EnrolmentRole, places: Option<Capacity>) -> Result<(), Problem> {
    if role == EnrolmentRole::Mentee && places.is_some() {
        return Err(Problem::invalid("/places", "is for mentors"));
    }
    Ok(())
}

/// Where somebody stands who enrols now, or why they may not.
pub fn begin(program: &Program, is_lead: bool, has_room: bool) -> Result<EnrolmentStatus, Problem> {
    if program.stage == Stage::Evaluation {
        return Err(Problem::wrong_state("The program is at its last stage."));
    }
    let needs_a_yes = match program.enrolling {
        Enrolling::None => {
            return Err(Problem::wrong_state("Nobody enrols in this program: anybody may be paired in it."));
        }
        Enrolling::Closed if !is_lead => {
            return Err(Problem::wrong_state("The program takes no enrolments now."));
        }
        Enrolling::ByApproval => !is_lead,
        Enrolling::Closed | Enrolling::Open => false,
    };
    Ok(match (needs_a_yes, has_room) {
        (true, _) => EnrolmentStatus::Applied,
        (false, true) => EnrolmentStatus::Enrolled,
        (false, false) => EnrolmentStatus::Waiting,
    })
}

/// Refuses who cannot take part as that: nobody is enrolled whose profile says no.
pub fn check_person(person: &Candidate, role: EnrolmentRole) -> Result<(), Problem> {
    if !person.is_active {
        return Err(Problem::new(Code::PersonNotActive, "Only active people take part in programs."));
    }
    match role {
        EnrolmentRole::Mentor if !person.offers_mentoring => {
            Err(Problem::wrong_state("Mentors have `offers_mentoring` of their profile on; this person has not."))
        }
        EnrolmentRole::Mentee if !person.wants_mentoring => {
            Err(Problem::wrong_state("Mentees have `wants_mentoring` of their profile on; this person has not."))
        }
        EnrolmentRole::Mentor | EnrolmentRole::Mentee => Ok(()),
    }
}

/// Between who takes part and the leads of the program.
impl Related for Enrolment {
    fn relations(&self, viewer: &Viewer) -> Relations {
        let leads = viewer.leads(Some(self.program_id));
        let relations = viewer.relations().and(Relation::Party, leads || viewer.is(self.person_id));
        relations.and(Relation::Lead, leads)
    }
}

impl Readable for Enrolment {
    type Read = ReadEnrolment;
    const KIND: &'static str = "enrolments";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ReadEnrolment> for Enrolment {}
impl Takes<ChangeEnrolment> for Enrolment {}
impl Takes<DecideEnrolment> for Enrolment {}
impl Takes<Enrol> for Program {}
impl Takes<EnrolOthers> for Program {}
