//! The job that applies the retention rules. Only one instance at a time applies a rule.

use chrono::{DateTime, Utc};

use super::model::{RetainedKind, Retention};
use super::store;
use crate::auth::forget_revoked;
use crate::http::{App, forget_old_keys};
use crate::ids::{PairId, PersonId};

/// Applies every rule that is due and that no other instance has claimed.
pub async fn apply(app: &App, rules: Retention) -> sqlx::Result<()> {
    for kind in RetainedKind::ALL {
        let Some(kept) = rules.of(kind) else { continue };
        let now = app.clock.now();
        let mut tx = app.system_write().await?;
        let is_ours = store::claim(&mut tx, kind, now, now - kind.every()).await?;
        tx.commit().await?;
        if is_ours {
            let count = delete_expired(app, kind, now - kept, now).await?;
            tracing::info!(
                event = "retention.applied",
                ?kind,
                count,
                "retention: a rule was applied; `count` records were deleted or emptied because their time is over"
            );
        }
    }
    Ok(())
}

/// Deletes data that is older than `before`, in small batches. Returns the number of rows.
async fn delete_expired(app: &App, kind: RetainedKind, before: DateTime<Utc>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let mut count = 0;
    let (mut pair, mut person) = (PairId::first(), PersonId::first());
    loop {
        let mut tx = app.system_write().await?;
        let has_more = match kind {
            RetainedKind::IdempotencyKeys => {
                count += forget_old_keys(&mut tx, before).await?;
                false
            }
            RetainedKind::ClosedSuggestions => {
                let deleted = store::forget_suggestions(&mut tx, before).await?
                    + store::forget_matching_rounds(&mut tx, before).await?;
                count += deleted;
                deleted > 0
            }
            RetainedKind::Notices => {
                let deleted = store::forget_notices(&mut tx, before).await?;
                count += deleted;
                deleted > 0
            }
            RetainedKind::RevokedTokens => {
                count += forget_revoked(&mut tx, before).await?;
                false
            }
            RetainedKind::WordsOfEndedPairs => {
                let page = store::list_ended(&mut tx, pair, before.date_naive()).await?;
                pair = page.last().copied().unwrap_or(pair);
                let has_more = !page.is_empty();
                count += store::delete_texts(&mut tx, page.into_iter().collect()).await?;
                has_more
            }
            RetainedKind::ProfilesOfDeparted => {
                let page = store::list_departed(&mut tx, person, before.date_naive()).await?;
                person = page.last().copied().unwrap_or(person);
                let has_more = !page.is_empty();
                count += store::empty_profiles(&mut tx, page.into_iter().collect(), now).await?;
                has_more
            }
        };
        tx.commit().await?;
        if !has_more {
            return Ok(count);
        }
    }
}
