//! Who waits is let in as soon as there is room.

use chrono::{DateTime, Utc};

use super::model::EnrolmentRole;
use super::store;
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::ProgramId;
use crate::outbox::{self, Event};

/// Lets in whoever there is room for, who came first comes first. Whoever calls this holds the program.
pub async fn let_in(tx: &mut Tx, clock: &Clock, program: ProgramId, now: DateTime<Utc>) -> sqlx::Result<()> {
    let room = store::find_room(tx, program).await?;
    for role in EnrolmentRole::ALL {
        if !room.has(role) {
            continue;
        }
        for id in store::let_in(tx, program, role, room.of(role).unwrap_or(i64::MAX), now).await? {
            outbox::add(tx, clock, Event::EnrolmentAccepted(id), None).await?;
        }
    }
    Ok(())
}
