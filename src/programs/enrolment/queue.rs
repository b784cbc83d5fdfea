//! The waiting list: enrols waiting people as soon as there is room.

use chrono::{DateTime, Utc};

use super::model::EnrolmentRole;
use super::store;
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::ProgramId;
use crate::outbox::{self, Event};

/// Enrols waiting people while there are free places, in order of enrolment. The caller has locked the program.
pub async fn enrol_waiting(tx: &mut Tx, clock: &Clock, program: ProgramId, now: DateTime<Utc>) -> sqlx::Result<()> {
    let free = store::find_free_places(tx, program).await?;
    for role in EnrolmentRole::ALL {
        if !free.has(role) {
            continue;
        }
        for id in store::enrol_waiting(tx, program, role, free.of(role).unwrap_or(i64::MAX), now).await? {
            outbox::add(tx, clock, Event::EnrolmentAccepted(id), None).await?;
        }
    }
    Ok(())
}
