//! What becomes of the sessions of a pair that is over.

use chrono::{DateTime, Utc};

use crate::clock::Clock;
use crate::db::Tx;
use crate::ids::{PairId, SessionId};
use crate::outbox::{self, Event};

/// Cancels what is still to come of a pair that ended. Done twice, it changes nothing the second time.
pub async fn cancel_sessions(tx: &mut Tx, clock: &Clock, pair: PairId, at: DateTime<Utc>) -> sqlx::Result<()> {
    tx.hold(pair.into()).await?;
    let mut cancelled: Vec<(SessionId,)> = tx
        .query(
            "update sessions set status = 'cancelled', sequence = sequence + 1, closed_at = $2, updated_at = $2,
                revision = revision + 1
             where pair_id = $1 and starts_at > $2 and status = 'scheduled'
                and exists (select 1 from pairs x where x.id = $1 and x.status = 'ended')
             returning id",
        )
        .bind(pair)
        .bind(at)
        .all()
        .await?;
    cancelled.sort_unstable();
    for (id,) in cancelled {
        outbox::add(tx, clock, Event::SessionCancelled(id), Some(pair)).await?;
    }
    Ok(())
}
