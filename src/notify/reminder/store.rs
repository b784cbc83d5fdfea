//! The SQL of reminders. All active records are read page by page, so that no due times have to be stored. Subqueries
//! read the related records of a page: a join may read a whole table.

use chrono::{DateTime, NaiveDate, Utc};

use super::due::{Due, DueItem, LiveGoal, LivePair, NearSession, OpenProposal};
use crate::db::{Tx, query};
use crate::ids::{ActionItemId, GoalId, PairId, SessionId};

/// Number of records that one statement reads.
pub const BATCH: i64 = 500;

/// Sessions of active pairs that start after `after` and until `until`, ordered by start.
pub async fn list_near_sessions(
    tx: &mut Tx,
    after: (DateTime<Utc>, SessionId),
    until: DateTime<Utc>,
) -> sqlx::Result<Vec<NearSession>> {
    query!(
        tx,
        "select s.id, s.pair_id, s.starts_at, s.created_at,
            (select a.id from agenda_items a where a.session_id = s.id limit 1) is not null as has_agenda
         from sessions s
         where s.status = 'scheduled' and (s.starts_at, s.id) > (:after_at, :after_id) and s.starts_at <= :until
            and (select x.status from pairs x where x.id = s.pair_id) = 'active'
            and (select r.kind from reminders r
                where r.kind = 'session.upcoming' and r.record_id = s.id and r.due_at = s.starts_at) is null
         order by s.starts_at, s.id limit :limit",
        after_at = after.0,
        after_id = after.1,
        until,
        limit = BATCH
    )
    .all()
    .await
}

/// Open action items of active pairs that are due after `after` and until `until`, ordered by due date.
pub async fn list_due_items(
    tx: &mut Tx,
    after: (NaiveDate, ActionItemId),
    until: NaiveDate,
) -> sqlx::Result<Vec<DueItem>> {
    query!(
        tx,
        "select i.id, i.pair_id, i.due_on, (select p.time_zone from people p where p.id = i.owner_id) as time_zone
         from action_items i
         where i.status = 'open' and i.due_on is not null and (i.due_on, i.id) > (:after_day, :after_id)
            and i.due_on <= :until
            and (select x.status from pairs x where x.id = i.pair_id) = 'active'
         order by i.due_on, i.id limit :limit",
        after_day = after.0,
        after_id = after.1,
        until,
        limit = BATCH
    )
    .all()
    .await
}

/// One page of proposed pairs after `after`.
pub async fn list_proposals(tx: &mut Tx, after: PairId) -> sqlx::Result<Vec<OpenProposal>> {
    query!(
        tx,
        "select x.id, x.expires_on, (select p.time_zone from people p where p.id = x.mentee_id) as time_zone
         from pairs x
         where x.status = 'proposed' and x.expires_on is not null and x.id > :after order by x.id limit :limit",
        after,
        limit = BATCH
    )
    .all()
    .await
}

/// One page of active pairs after `after`.
pub async fn list_pairs(tx: &mut Tx, after: PairId) -> sqlx::Result<Vec<LivePair>> {
    query!(
        tx,
        "select x.id, x.starts_on, (select p.time_zone from people p where p.id = x.mentee_id) as time_zone
         from pairs x where x.status = 'active' and x.id > :after order by x.id limit :limit",
        after,
        limit = BATCH
    )
    .all()
    .await
}

/// One page of active goals of active pairs after `after`.
pub async fn list_goals(tx: &mut Tx, after: GoalId) -> sqlx::Result<Vec<LiveGoal>> {
    query!(
        tx,
        "select g.id, g.pair_id, g.activated_at,
            (select p.time_zone from people p where p.id = g.owner_id) as time_zone,
            (select c.created_at from check_ins c
                where c.goal_id = g.id order by c.id desc limit 1) as checked_in_at
         from goals g
         where g.status = 'active' and g.id > :after
            and (select x.status from pairs x where x.id = g.pair_id) = 'active'
         order by g.id limit :limit",
        after,
        limit = BATCH
    )
    .all()
    .await
}

/// Notes a reminder. `false`: it was noted before.
pub async fn insert(tx: &mut Tx, due: &Due) -> sqlx::Result<bool> {
    let noted = query!(
        tx,
        "insert into reminders (kind, record_id, due_at) values (:kind, :record, :at) on conflict do nothing",
        kind = due.event.kind(),
        record = due.event.record(),
        at = due.at
    );
    Ok(noted.run().await? == 1)
}

/// Whether a reminder was due before this time.
pub async fn is_any_before(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<bool> {
    // Reads the oldest row, so that the index is used.
    let oldest = query!(tx, "select due_at from reminders where due_at < :before order by due_at limit 1", before);
    Ok(oldest.optional::<(DateTime<Utc>,)>().await?.is_some())
}

/// Deletes the notes of reminders that were due before this time.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<()> {
    query!(tx, "delete from reminders where due_at < :before", before).run().await.map(drop)
}
