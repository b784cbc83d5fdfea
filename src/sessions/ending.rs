//! What becomes of the sessions of a pair that is over.

use chrono::{DateTime, Utc};

use super::session::store;
use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::PairId;
use crate::outbox::{self, Event};

/// Cancels what is still to come of a pair that ended. Done twice, it changes nothing the second time.
pub async fn cancel_sessions(tx: &mut Tx, clock: &Clock, pair: PairId, at: DateTime<Utc>) -> sqlx::Result<()> {
    tx.hold(pair.into()).await?;
    let mut cancelled = store::cancel_coming(tx, pair, at).await?;
    cancelled.sort_unstable();
    for (id,) in cancelled {
        outbox::add(tx, clock, Event::SessionCancelled(id), Some(pair)).await?;
    }
    Ok(())
}
