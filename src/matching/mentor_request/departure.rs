//! What becomes of the requests of a person who leaves, and of those in which they would be asked.

use chrono::{DateTime, Utc};

use super::store;
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::PersonId;
use crate::outbox::{self, Event};

/// Withdraws what they asked for, and takes them out of what others ask for: where it was their turn it is over, and the
/// next one's comes with the next round. Done twice, it changes nothing the second time.
pub async fn leave(tx: &mut Tx, clock: &Clock, person: PersonId, now: DateTime<Utc>) -> sqlx::Result<()> {
    for id in store::withdraw_all(tx, person, now).await? {
        outbox::add(tx, clock, Event::MentorRequestWithdrawn(id), None).await?;
    }
    store::take_out(tx, person, now).await
}
