//! The rules of an erasure.

use chrono::{DateTime, Utc};

use crate::ids::PersonId;
use crate::people::organisation::Organisation;
use crate::people::person::model::{Person, PersonStatus};
use crate::policy::acts::ErasePerson;
use crate::policy::{Permit, Takes};
use crate::problem::Problem;
use crate::text::Line;

impl Takes<ErasePerson> for Organisation {}

/// Permission to erase a person: given by an admin, or because the person was erased before.
#[derive(Clone, Copy, Debug)]
pub struct Erasure {
    person_id: PersonId,
    at: DateTime<Utc>,
}

impl Erasure {
    /// An admin erases a person who has departed, or confirms the person in `confirm`.
    pub fn of(
        _: &Permit<ErasePerson, Organisation>,
        person: &Person,
        confirm: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let accepted = [Some(person.email.as_str()), person.external_id.as_ref().map(Line::as_str)];
        match confirm {
            Some(given) if !accepted.contains(&Some(given)) => {
                Err(Problem::invalid("/confirm", "must be the e-mail address or the external id of this person"))
            }
            None if person.status != PersonStatus::Departed => Err(Problem::wrong_state(
                "The person has not departed. Mark the person as departed first, or give the e-mail address or external \
                 id in `confirm`.",
            )),
            _ => Ok(Self { person_id: person.id, at: now }),
        }
    }

    /// The erasure was done before; a restored backup lost it.
    pub(super) const fn repeated(person_id: PersonId, at: DateTime<Utc>) -> Self {
        Self { person_id, at }
    }

    /// Id of the person.
    pub const fn person_id(&self) -> PersonId {
        self.person_id
    }

    /// Time of the erasure.
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }
}
