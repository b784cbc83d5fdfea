//! The SQL of notices.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::Notice;
use crate::clock::Clock;
use crate::db::{Query, Tx, UNLIMITED, query};
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
    let newest = query!(tx, "select id from notices order by id desc limit 1").optional::<(NoticeId,)>().await?;
    Ok(newest.map_or(NoticeId::first(), |(id,)| id))
}

/// Id of the newest notice of a person.
pub async fn find_newest_of(tx: &mut Tx, recipient: PersonId) -> sqlx::Result<NoticeId> {
    let newest =
        query!(tx, "select id from notices where recipient_id = :recipient order by id desc limit 1", recipient);
    Ok(newest.optional::<(NoticeId,)>().await?.map_or(NoticeId::first(), |(id,)| id))
}

/// Writes a notice for a person, unless they departed. A second call for the same event and person does nothing.
pub async fn insert(
    tx: &mut Tx,
    clock: &Clock,
    ids: &mut NoticeIds,
    event: &Unplanned,
    recipient: PersonId,
) -> sqlx::Result<()> {
    query!(
        tx,
        "insert into notices (id, event_id, kind, record_id, pair_id, recipient_id, created_at)
         select :id, :event_id, :kind, :record_id, :pair_id, p.id, :created_at
         from people p where p.id = :recipient and p.status <> 'departed'
         on conflict do nothing",
        id = ids.next(clock),
        event_id = event.id,
        kind = &event.kind,
        record_id = event.record_id,
        pair_id = event.pair_id,
        recipient,
        created_at = event.created_at
    )
    .run()
    .await
    .map(drop)
}

/// The notices after `after`, with their recipients, ordered by id.
pub async fn list_after(tx: &mut Tx, after: NoticeId, limit: i64) -> sqlx::Result<Vec<(NoticeId, PersonId)>> {
    query!(tx, "select id, recipient_id from notices where id > :after order by id limit :limit", after, limit)
        .all()
        .await
}

const SELECT: &str = "select id, kind, record_id, pair_id, recipient_id, created_at, read_at from notices";

/// The notices of a person after `after`, oldest first.
pub async fn list_since(tx: &mut Tx, recipient: PersonId, after: NoticeId, limit: i64) -> sqlx::Result<Vec<Notice>> {
    query!(
        tx,
        [SELECT, "where recipient_id = :recipient and id > :after order by id limit :limit"],
        recipient,
        after,
        limit
    )
    .all()
    .await
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

/// Each index has its own SQL text: all, unread and read notices.
fn listed(tx: &mut Tx, recipient: PersonId, unread: Option<bool>, before: NoticeId, limit: i64) -> Query<'_> {
    macro_rules! list {
        ($hot:literal) => {
            query!(
                tx,
                [SELECT, "where recipient_id = :recipient and id < :before", $hot, "order by id desc limit :limit"],
                recipient,
                before,
                limit
            )
        };
    }
    match unread {
        None => list!(""),
        Some(true) => list!("and read_at is null"),
        Some(false) => list!("and read_at is not null"),
    }
}

/// One notice.
pub async fn find(tx: &mut Tx, id: NoticeId) -> sqlx::Result<Option<Notice>> {
    query!(tx, [SELECT, "where id = :id"], id).optional().await
}

/// Marks a notice as read. An earlier mark is kept.
pub async fn mark(tx: &mut Tx, notice: Permit<MarkNotice, Notice>, now: DateTime<Utc>) -> sqlx::Result<()> {
    query!(tx, "update notices set read_at = :now where id = :id and read_at is null", id = notice.id, now)
        .run()
        .await
        .map(drop)
}

/// Marks all notices of the recipient up to this one as read.
pub async fn mark_until(tx: &mut Tx, notice: Permit<MarkNotice, Notice>, now: DateTime<Utc>) -> sqlx::Result<()> {
    query!(
        tx,
        "update notices set read_at = :now where recipient_id = :recipient_id and id <= :id and read_at is null",
        recipient_id = notice.recipient_id,
        id = notice.id,
        now
    )
    .run()
    .await
    .map(drop)
}
