//! Withdraws the enrolments of a person who leaves.

use chrono::{DateTime, Utc};

use super::{queue, store};
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::PersonId;
use crate::outbox::{self, Event};

/// Withdraws a person from all programs, and enrols waiting people in their place. A second call changes nothing.
pub async fn withdraw(tx: &mut Tx, clock: &Clock, person: PersonId, now: DateTime<Utc>) -> sqlx::Result<()> {
    // Lock the person before their programs, in the same order as enrolling does: no enrolment is added meanwhile.
    tx.lock(person.into()).await?;
    let programs = store::list_programs(tx, person).await?;
    for (program,) in &programs {
        tx.lock((*program).into()).await?;
    }
    for id in store::withdraw_all(tx, person, now).await? {
        outbox::add(tx, clock, Event::EnrolmentWithdrawn(id), None).await?;
    }
    for (program,) in programs {
        queue::enrol_waiting(tx, clock, program, now).await?;
    }
    Ok(())
}
