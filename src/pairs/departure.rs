//! Ends the pairs of a person who leaves.

use chrono::{DateTime, Utc};

use super::model::PairStatus;
use super::store;
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::PersonId;
use crate::outbox::{self, Event};

/// Ends the active and paused pairs of a person, declines the proposed ones, and frees the places of the mentors. A
/// second call changes nothing.
pub async fn end_pairs(tx: &mut Tx, clock: &Clock, person: PersonId, at: DateTime<Utc>) -> sqlx::Result<()> {
    // Locked first: if a pair was accepted or ended meanwhile, the load of the mentor would be wrong.
    for (pair,) in store::list_live(tx, person).await? {
        tx.lock(pair.into()).await?;
    }
    for (id, status) in store::end_live(tx, person, at).await? {
        let event = if status == PairStatus::Ended { Event::PairEnded(id) } else { Event::PairDeclined(id) };
        outbox::add(tx, clock, event, Some(id)).await?;
    }
    Ok(())
}
