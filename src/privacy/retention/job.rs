//! Applies the rules of retention, one instance at a time.

use chrono::{DateTime, Utc};

use super::model::{RetainedKind, Retention};
use super::store;
use crate::auth::forget_revoked;
use crate::http::{App, forget_old_keys};
use crate::ids::{PairId, PersonId};

/// Applies every rule that is due and that no other instance has taken.
pub async fn apply(app: &App, rules: Retention) -> sqlx::Result<()> {
    for kind in RetainedKind::ALL {
        let Some(kept) = rules.of(kind) else { continue };
        let now = app.clock.now();
        let mut tx = app.chore().await?;
        let is_ours = store::claim(&mut tx, kind, now, now - kind.every()).await?;
        tx.commit().await?;
        if is_ours {
            let count = let_go(app, kind, now - kept, now).await?;
            tracing::info!(?kind, count, "applied a rule of retention");
        }
    }
    Ok(())
}

/// Lets go of what is older than `before`, a little at a time; tells how many rows.
async fn let_go(app: &App, kind: RetainedKind, before: DateTime<Utc>, now: DateTime<Utc>) -> sqlx::Result<u64> {
    let mut count = 0;
    let (mut pair, mut person) = (PairId::first(), PersonId::first());
    loop {
        let mut tx = app.chore().await?;
        let has_more = match kind {
            RetainedKind::IdempotencyKeys => {
                count += forget_old_keys(&mut tx, before).await?;
                false
            }
            RetainedKind::ClosedSuggestions => {
                let gone =
                    store::forget_suggestions(&mut tx, before).await? + store::forget_cohorts(&mut tx, before).await?;
                count += gone;
                gone > 0
            }
            RetainedKind::Notices => {
                let gone = store::forget_notices(&mut tx, before).await?;
                count += gone;
                gone > 0
            }
            RetainedKind::RevokedTokens => {
                count += forget_revoked(&mut tx, before).await?;
                false
            }
            RetainedKind::WordsOfEndedPairs => {
                let page = store::list_over(&mut tx, pair, before.date_naive()).await?;
                pair = page.last().copied().unwrap_or(pair);
                let has_more = !page.is_empty();
                count += store::silence(&mut tx, page.into_iter().collect()).await?;
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
