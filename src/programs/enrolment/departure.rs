//! What becomes of the enrolments of a person who leaves.

use chrono::{DateTime, Utc};

use super::{queue, store};
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::PersonId;
use crate::outbox::{self, Event};

/// Withdraws a person from all programs, and lets in who waits. Done twice, it changes nothing the second time.
pub async fn withdraw(tx: &mut Tx, clock: &Clock, person: PersonId, now: DateTime<Utc>) -> sqlx::Result<()> {
    // The person before their programs, as who enrols holds them: nothing is added meanwhile.
    tx.hold(person.into()).await?;
    let programs = store::list_programs(tx, person).await?;
    for (program,) in &programs {
        tx.hold((*program).into()).await?;
    }
    for id in store::withdraw_all(tx, person, now).await? {
        outbox::add(tx, clock, Event::EnrolmentWithdrawn(id), None).await?;
    }
    for (program,) in programs {
        queue::let_in(tx, clock, program, now).await?;
    }
    Ok(())
}
