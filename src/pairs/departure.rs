//! What becomes of the pairs of a person who leaves.

use chrono::{DateTime, Utc};

use super::model::PairStatus;
use super::store;
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::PersonId;
use crate::outbox::{self, Event};

/// Ends the live pairs of a person, declines what was proposed, and gives their mentors the place
/// back. Done twice, it changes nothing the second time.
pub async fn end_pairs(tx: &mut Tx, clock: &Clock, person: PersonId, at: DateTime<Utc>) -> sqlx::Result<()> {
    // Nobody accepts or ends one of them meanwhile, or the mentor's load would be counted wrongly.
    for (pair,) in store::list_live(tx, person).await? {
        tx.hold(pair.into()).await?;
    }
    for (id, status) in store::end_live(tx, person, at).await? {
        let event = if status == PairStatus::Ended { Event::PairEnded(id) } else { Event::PairDeclined(id) };
        outbox::add(tx, clock, event, Some(id)).await?;
    }
    Ok(())
}
