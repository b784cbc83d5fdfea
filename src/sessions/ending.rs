//! Cancels the future sessions of a pair that has ended.

use chrono::{DateTime, Utc};

use super::session::store;
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::PairId;
use crate::outbox::{self, Event};

/// Cancels the sessions of an ended pair that start after `at`. A second call changes nothing.
pub async fn cancel_sessions(tx: &mut Tx, clock: &Clock, pair: PairId, at: DateTime<Utc>) -> sqlx::Result<()> {
    tx.lock(pair.into()).await?;
    let mut cancelled = store::cancel_coming(tx, pair, at).await?;
    cancelled.sort_unstable();
    for (id,) in cancelled {
        outbox::add(tx, clock, Event::SessionCancelled(id), Some(pair)).await?;
    }
    Ok(())
}
