//! Closes mentor requests when a person leaves.

use chrono::{DateTime, Utc};

use super::store;
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::PersonId;
use crate::outbox::{self, Event};

/// Withdraws the open requests of the person, and removes the person from the choices of others. If the person was
/// invited, the next mentor is invited in the next run. A second call changes nothing.
pub async fn leave(tx: &mut Tx, clock: &Clock, person: PersonId, now: DateTime<Utc>) -> sqlx::Result<()> {
    for id in store::withdraw_all(tx, person, now).await? {
        outbox::add(tx, clock, Event::MentorRequestWithdrawn(id), None).await?;
    }
    store::remove_mentor(tx, person, now).await
}
