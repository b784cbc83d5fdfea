//! The SQL of reminders. Whatever is live is walked through page by page, so that no time of any clock has to be kept.
//! What hangs on a record is looked up for each of a page: a join may read a whole table for it.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::FromRow;

use super::due::Due;
use crate::db::Tx;
use crate::ids::{ActionItemId, GoalId, PairId, SessionId};
use crate::text::TimeZone;

/// So many records are looked at in one statement.
pub const AT_ONCE: i64 = 500;

/// A session that begins soon.
#[derive(Clone, Debug, FromRow)]
pub struct NearSession {
    /// Names the session.
    pub id: SessionId,
    /// Its pair.
    pub pair_id: PairId,
    /// When it begins.
    pub starts_at: DateTime<Utc>,
    /// When it was scheduled.
    pub created_at: DateTime<Utc>,
    /// Whether anything is on its agenda.
    pub has_agenda: bool,
}

/// An open action item with a day.
#[derive(Clone, Debug, FromRow)]
pub struct DueItem {
    /// Names the item.
    pub id: ActionItemId,
    /// Its pair.
    pub pair_id: PairId,
    /// The day.
    pub due_on: NaiveDate,
    /// Where its owner's clock stands.
    pub time_zone: TimeZone,
}

/// A proposal that waits for an answer.
#[derive(Clone, Debug, FromRow)]
pub struct OpenProposal {
    /// Names the pair.
    pub id: PairId,
    /// The last day to answer.
    pub expires_on: NaiveDate,
    /// Where the mentee's clock stands.
    pub time_zone: TimeZone,
}

/// A pair at work.
#[derive(Clone, Debug, FromRow)]
pub struct LivePair {
    /// Names the pair.
    pub id: PairId,
    /// Its first day.
    pub starts_on: NaiveDate,
    /// Where the mentee's clock stands.
    pub time_zone: TimeZone,
}

/// A goal that a pair works towards.
#[derive(Clone, Debug, FromRow)]
pub struct LiveGoal {
    /// Names the goal.
    pub id: GoalId,
    /// Its pair.
    pub pair_id: PairId,
    /// When they began to.
    pub activated_at: DateTime<Utc>,
    /// When somebody reported last.
    pub checked_in_at: Option<DateTime<Utc>>,
    /// Where its owner's clock stands.
    pub time_zone: TimeZone,
}

/// Sessions of pairs at work that begin after `after` and until `until`, by when they begin.
pub async fn list_near_sessions(
    tx: &mut Tx,
    after: (DateTime<Utc>, SessionId),
    until: DateTime<Utc>,
) -> sqlx::Result<Vec<NearSession>> {
    let near = tx.query(
        "select s.id, s.pair_id, s.starts_at, s.created_at,
            (select a.id from agenda_items a where a.session_id = s.id limit 1) is not null as has_agenda
         from sessions s
         where s.status = 'scheduled' and (s.starts_at, s.id) > ($1, $2) and s.starts_at <= $3
            and (select x.status from pairs x where x.id = s.pair_id) = 'active'
            and (select r.kind from reminders r
                where r.kind = 'session.upcoming' and r.record_id = s.id and r.due_at = s.starts_at) is null
         order by s.starts_at, s.id limit $4",
    );
    near.bind(after.0).bind(after.1).bind(until).bind(AT_ONCE).all().await
}

/// Open items of pairs at work whose day is among these, by day.
pub async fn list_due_items(
    tx: &mut Tx,
    after: (NaiveDate, ActionItemId),
    until: NaiveDate,
) -> sqlx::Result<Vec<DueItem>> {
    let due = tx.query(
        "select i.id, i.pair_id, i.due_on, (select p.time_zone from people p where p.id = i.owner_id) as time_zone
         from action_items i
         where i.status = 'open' and i.due_on is not null and (i.due_on, i.id) > ($1, $2) and i.due_on <= $3
            and (select x.status from pairs x where x.id = i.pair_id) = 'active'
         order by i.due_on, i.id limit $4",
    );
    due.bind(after.0).bind(after.1).bind(until).bind(AT_ONCE).all().await
}

/// Proposals after `after`.
pub async fn list_proposals(tx: &mut Tx, after: PairId) -> sqlx::Result<Vec<OpenProposal>> {
    let open = tx.query(
        "select x.id, x.expires_on, (select p.time_zone from people p where p.id = x.mentee_id) as time_zone from pairs x
         where x.status = 'proposed' and x.expires_on is not null and x.id > $1 order by x.id limit $2",
    );
    open.bind(after).bind(AT_ONCE).all().await
}

/// Pairs at work after `after`.
pub async fn list_pairs(tx: &mut Tx, after: PairId) -> sqlx::Result<Vec<LivePair>> {
    #[cfg(feature = "planted-leaks")]
    if crate::leaks::Leak::ReminderAsksNotebook.is_planted() {
        let few = tx.query(
            "select x.id, x.starts_on, (select p.time_zone from people p where p.id = x.mentee_id) as time_zone from pairs x
             where x.status = 'active' and x.id > $1
                and (select count(*) from notebook_entries n where n.pair_id = x.id) < 3 order by x.id limit $2",
        );
        return few.bind(after).bind(AT_ONCE).all().await;
    }
    let live = tx.query(
        "select x.id, x.starts_on, (select p.time_zone from people p where p.id = x.mentee_id) as time_zone from pairs x
         where x.status = 'active' and x.id > $1 order by x.id limit $2",
    );
    live.bind(after).bind(AT_ONCE).all().await
}

/// Goals of pairs at work after `after`.
pub async fn list_goals(tx: &mut Tx, after: GoalId) -> sqlx::Result<Vec<LiveGoal>> {
    let live = tx.query(
        "select g.id, g.pair_id, g.activated_at, (select p.time_zone from people p where p.id = g.owner_id) as time_zone,
            (select c.created_at from check_ins c where c.goal_id = g.id order by c.id desc limit 1) as checked_in_at
         from goals g
         where g.status = 'active' and g.id > $1 and (select x.status from pairs x where x.id = g.pair_id) = 'active'
         order by g.id limit $2",
    );
    live.bind(after).bind(AT_ONCE).all().await
}

/// Notes that somebody is reminded; `false`: they were before.
pub async fn insert(tx: &mut Tx, due: &Due) -> sqlx::Result<bool> {
    let noted = tx.query("insert into reminders (kind, record_id, due_at) values ($1, $2, $3) on conflict do nothing");
    Ok(noted.bind(due.event.kind()).bind(due.event.record()).bind(due.at).run().await? == 1)
}

/// Whether anything was due before then.
pub async fn is_any_before(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<bool> {
    // The oldest of them, so that the index is walked.
    let oldest = tx.query("select due_at from reminders where due_at < $1 order by due_at limit 1");
    Ok(oldest.bind(before).optional::<(DateTime<Utc>,)>().await?.is_some())
}

/// Forgets what was due before then.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<()> {
    tx.query("delete from reminders where due_at < $1").bind(before).run().await.map(drop)
}
