//! What an erasure asks for.

use chrono::{DateTime, Utc};

use crate::ids::PersonId;
use crate::people::organisation::Organisation;
use crate::people::person::model::{Person, PersonStatus};
use crate::policy::acts::ErasePerson;
use crate::policy::{Permit, Takes};
use crate::problem::Problem;
use crate::text::Line;

impl Takes<ErasePerson> for Organisation {}

/// Leave to erase a person: an admin's, or of those whose keys are gone already.
#[derive(Clone, Copy, Debug)]
pub struct Erasure {
    person_id: PersonId,
    at: DateTime<Utc>,
}

impl Erasure {
    /// An admin erases a person who left, or whom they name once more.
    pub fn of(
        _: &Permit<ErasePerson, Organisation>,
        person: &Person,
        confirm: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Self, Problem> {
        let theirs = [Some(person.email.as_str()), person.external_id.as_ref().map(Line::as_str)];
        match confirm {
            Some(named) if !theirs.contains(&Some(named)) => {
                Err(Problem::invalid("/confirm", "is neither the e-mail address nor the external id of this person"))
            }
            None if person.status != PersonStatus::Departed => Err(Problem::wrong_state(
                "The person has not left. Mark them as departed first, or name them in `confirm` by e-mail address or \
                 external id.",
            )),
            _ => Ok(Self { person_id: person.id, at: now }),
        }
    }

    /// It was done already, to this database as it was later.
    pub(super) const fn again(person_id: PersonId, at: DateTime<Utc>) -> Self {
        Self { person_id, at }
    }

    /// Whom.
    pub const fn person_id(&self) -> PersonId {
        self.person_id
    }

    /// When.
    pub const fn at(&self) -> DateTime<Utc> {
        self.at
    }
}
