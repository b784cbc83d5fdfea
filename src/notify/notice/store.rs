//! The SQL of notices.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::Notice;
use crate::clock::Clock;
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{NoticeId, PersonId};
use crate::notify::delivery::store::Unplanned;
use crate::policy::Permit;
use crate::policy::acts::MarkNotice;

/// The ids for new notices. Only one instance plans at a time, and its ids continue after the last id even if its clock
/// is late. So a person who has a notice has all earlier notices.
#[derive(Debug)]
pub struct NoticeIds(NoticeId);

impl NoticeIds {
    /// Continues after the last notice.
    pub async fn resume(tx: &mut Tx) -> sqlx::Result<Self> {
        find_newest(tx).await.map(Self)
    }

    fn next(&mut self, clock: &Clock) -> NoticeId {
        let after_last = Uuid::from_u128(self.0.uuid().as_u128().wrapping_add(1));
        self.0 = NoticeId::new(clock).max(after_last.into());
        self.0
    }
}

/// Id of the newest notice of all people.
pub async fn find_newest(tx: &mut Tx) -> sqlx::Result<NoticeId> {
    let newest = tx.query("select id from notices order by id desc limit 1").optional::<(NoticeId,)>().await?;
    Ok(newest.map_or(NoticeId::first(), |(id,)| id))
}

/// Id of the newest notice of a person.
pub async fn find_newest_of(tx: &mut Tx, recipient: PersonId) -> sqlx::Result<NoticeId> {
    let newest = tx.query("select id from notices where recipient_id = $1 order by id desc limit 1");
    Ok(newest.bind(recipient).optional::<(NoticeId,)>().await?.map_or(NoticeId::first(), |(id,)| id))
}

/// Writes a notice for a person, unless they departed. A second call for the same event and person does nothing.
pub async fn insert(
    tx: &mut Tx,
    clock: &Clock,
    ids: &mut NoticeIds,
    event: &Unplanned,
    recipient: PersonId,
) -> sqlx::Result<()> {
    tx.query(
        "insert into notices (id, event_id, kind, record_id, pair_id, recipient_id, created_at)
         select $1, $2, $3, $4, $5, p.id, $7 from people p where p.id = $6 and p.status <> 'departed'
         on conflict do nothing",
    )
    .bind(ids.next(clock))
    .bind(event.id)
    .bind(&event.kind)
    .bind(event.record_id)
    .bind(event.pair_id)
    .bind(recipient)
    .bind(event.created_at)
    .run()
    .await
    .map(drop)
}

/// The notices after `after`, with their recipients, ordered by id.
pub async fn list_after(tx: &mut Tx, after: NoticeId, limit: i64) -> sqlx::Result<Vec<(NoticeId, PersonId)>> {
    let new = tx.query("select id, recipient_id from notices where id > $1 order by id limit $2");
    new.bind(after).bind(limit).all().await
}

macro_rules! select_notice {
    ($($rest:literal),+) => {
        concat!("select id, kind, record_id, pair_id, recipient_id, created_at, read_at from notices ", $($rest),+)
    };
}

/// The notices of a person after `after`, oldest first.
pub async fn list_since(tx: &mut Tx, recipient: PersonId, after: NoticeId, limit: i64) -> sqlx::Result<Vec<Notice>> {
    let notices = tx.query(select_notice!("where recipient_id = $1 and id > $2 order by id limit $3"));
    notices.bind(recipient).bind(after).bind(limit).all().await
}

/// The statement for each index: all, unread and read notices.
macro_rules! list_notices {
    ($hot:literal) => {
        select_notice!("where recipient_id = $1 and id < $2 and ", $hot, " order by id desc limit $3")
    };
}

/// One page of a person's notices before `before`, newest first. `unread`: only unread or only read notices.
pub async fn list(
    tx: &mut Tx,
    recipient: PersonId,
    unread: Option<bool>,
    before: NoticeId,
    limit: i64,
) -> sqlx::Result<Vec<Notice>> {
    listed(tx, recipient, unread, before, limit).all().await
}

/// Number of notices on all pages.
pub async fn count(tx: &mut Tx, recipient: PersonId, unread: Option<bool>) -> sqlx::Result<i64> {
    listed(tx, recipient, unread, NoticeId::last(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, recipient: PersonId, unread: Option<bool>, before: NoticeId, limit: i64) -> Query<'_> {
    let query = tx.query(match unread {
        None => list_notices!("true"),
        Some(true) => list_notices!("read_at is null"),
        Some(false) => list_notices!("read_at is not null"),
    });
    query.bind(recipient).bind(before).bind(limit)
}

/// One notice.
pub async fn find(tx: &mut Tx, id: NoticeId) -> sqlx::Result<Option<Notice>> {
    tx.query(select_notice!("where id = $1")).bind(id).optional().await
}

/// Marks a notice as read. An earlier mark is kept.
pub async fn mark(tx: &mut Tx, notice: Permit<MarkNotice, Notice>, now: DateTime<Utc>) -> sqlx::Result<()> {
    let marked = tx.query("update notices set read_at = $2 where id = $1 and read_at is null");
    marked.bind(notice.id).bind(now).run().await.map(drop)
}

/// Marks all notices of the recipient up to this one as read.
pub async fn mark_until(tx: &mut Tx, notice: Permit<MarkNotice, Notice>, now: DateTime<Utc>) -> sqlx::Result<()> {
    tx.query("update notices set read_at = $3 where recipient_id = $1 and id <= $2 and read_at is null")
        .bind(notice.recipient_id)
        .bind(notice.id)
        .bind(now)
        .run()
        .await
        .map(drop)
}
