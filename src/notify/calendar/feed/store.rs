//! The SQL of calendar feeds.

use chrono::{DateTime, Utc};

use super::model::{CalendarFeed, Token};
use crate::db::Tx;
use crate::ids::PersonId;
use crate::policy::Permit;
use crate::policy::acts::ChangeCalendarFeed;

/// The calendar feed of a person.
pub async fn find(tx: &mut Tx, person: PersonId) -> sqlx::Result<Option<CalendarFeed>> {
    tx.query("select person_id, created_at from calendar_feeds where person_id = $1").bind(person).optional().await
}

/// The owner of the feed that a token opens. `None` if the owner departed, if the feed is older than their last sign-out,
/// or if it was made under a sign-in that has ended since.
pub async fn find_owner(tx: &mut Tx, token: &Token, now: DateTime<Utc>) -> sqlx::Result<Option<PersonId>> {
    let found = tx.query(
        "select f.person_id from calendar_feeds f join people p on p.id = f.person_id
         where f.hash = $1 and p.status <> 'departed' and (p.signed_out_at is null or f.created_at > p.signed_out_at)
            and not exists (
                select 1 from identity_bindings b
                where b.person_id = p.id and b.ends_at <= $2 and f.created_at >= b.bound_at and f.created_at < b.ends_at
            )",
    );
    Ok(found.bind(token.hash()).bind(now).optional::<(PersonId,)>().await?.map(|(id,)| id))
}

/// Writes a feed. The previous address of the person stops working.
pub async fn save(tx: &mut Tx, feed: &Permit<ChangeCalendarFeed, CalendarFeed>, token: &Token) -> sqlx::Result<()> {
    tx.query(
        "insert into calendar_feeds (person_id, hash, created_at) values ($1, $2, $3)
         on conflict (person_id) do update set hash = excluded.hash, created_at = excluded.created_at",
    )
    .bind(feed.person_id)
    .bind(token.hash())
    .bind(feed.created_at)
    .run()
    .await
    .map(drop)
}

/// Deletes a feed. Its address stops working.
pub async fn delete(tx: &mut Tx, feed: Permit<ChangeCalendarFeed, CalendarFeed>) -> sqlx::Result<()> {
    tx.query("delete from calendar_feeds where person_id = $1").bind(feed.person_id).run().await.map(drop)
}
