//! Finds what is due and writes events. The transaction that writes an event also notes the reminder, so that a crash
//! loses nothing and repeats nothing.

use chrono::{DateTime, Days, NaiveDate, TimeDelta, Utc};

use super::due::{BEFORE_SESSIONS, CATCH_UP, Due, due_of_health};
use super::store;
use crate::db::Tx;
use crate::http::App;
use crate::ids::{ActionItemId, GoalId, PairId, SessionId};
use crate::insights::health::store as health;
use crate::outbox;

/// How long the notes about reminders are kept. Nothing stays due for this long.
const KEPT: TimeDelta = TimeDelta::days(30);

/// Writes events for what is due now. Several instances may run this at once: each finds the notes of the others.
pub async fn remind(app: &App) -> sqlx::Result<()> {
    let now = app.clock.now();
    let (soon, tomorrow) = (now + BEFORE_SESSIONS, now.date_naive() + Days::new(1));
    let first = (now - CATCH_UP).date_naive() - Days::new(1);
    walk(
        app,
        (now, SessionId::last()),
        async |tx: &mut Tx, after| store::list_near_sessions(tx, after, soon).await,
        |session| (session.starts_at, session.id),
        |session| (session.pair_id, session.due()),
    )
    .await?;
    walk(
        app,
        (first, ActionItemId::first()),
        async |tx: &mut Tx, after: (NaiveDate, _)| store::list_due_items(tx, after, tomorrow).await,
        |item| (item.due_on, item.id),
        |item| (item.pair_id, item.due(now).into_iter().collect()),
    )
    .await?;
    walk(
        app,
        PairId::first(),
        async |tx: &mut Tx, after| store::list_proposals(tx, after).await,
        |pair| pair.id,
        |pair| (pair.id, pair.due(now).into_iter().collect()),
    )
    .await?;
    walk(
        app,
        PairId::first(),
        async |tx: &mut Tx, after| store::list_pairs(tx, after).await,
        |pair| pair.id,
        |pair| (pair.id, pair.due(now).into_iter().collect()),
    )
    .await?;
    walk(
        app,
        PairId::first(),
        async |tx: &mut Tx, after| health::list_all(tx, after, store::BATCH, now).await,
        |facts| facts.id,
        |facts| (facts.id, due_of_health(facts, now)),
    )
    .await?;
    walk(
        app,
        GoalId::first(),
        async |tx: &mut Tx, after| store::list_goals(tx, after).await,
        |goal| goal.id,
        |goal| (goal.pair_id, goal.due(now).into_iter().collect()),
    )
    .await?;
    forget(app, now - KEPT).await
}

/// Reads all records of a kind, page by page, and writes events for those that are due.
async fn walk<R, K: Copy>(
    app: &App,
    mut after: K,
    page: impl AsyncFn(&mut Tx, K) -> sqlx::Result<Vec<R>>,
    key: impl Fn(&R) -> K,
    due: impl Fn(&R) -> (PairId, Vec<Due>),
) -> sqlx::Result<()> {
    loop {
        let records = page(&mut app.read_one().await?, after).await?;
        let Some(last) = records.last() else { return Ok(()) };
        after = key(last);
        let due: Vec<_> = records.iter().map(&due).filter(|(_, due)| !due.is_empty()).collect();
        note(app, due).await?;
        if i64::try_from(records.len()).is_ok_and(|count| count < store::BATCH) {
            return Ok(());
        }
    }
}

/// Writes events for what was not noted before.
async fn note(app: &App, mut all: Vec<(PairId, Vec<Due>)>) -> sqlx::Result<()> {
    if all.is_empty() {
        return Ok(());
    }
    // An event locks its pair. All transactions lock pairs in the same order, so that they cannot deadlock.
    all.sort_by_key(|(pair, _)| *pair);
    let mut tx = app.system_write().await?;
    for (pair, due) in all {
        for due in due {
            if store::insert(&mut tx, &due).await? {
                outbox::add(&mut tx, &app.clock, due.event, Some(pair)).await?;
            }
        }
    }
    tx.commit().await
}

async fn forget(app: &App, before: DateTime<Utc>) -> sqlx::Result<()> {
    if !store::is_any_before(&mut app.read_one().await?, before).await? {
        return Ok(());
    }
    let mut tx = app.system_write().await?;
    store::forget(&mut tx, before).await?;
    tx.commit().await
}
