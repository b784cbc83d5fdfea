//! The SQL of calendar feeds.

use chrono::{DateTime, Utc};

use super::model::{CalendarFeed, Token};
use crate::db::{Tx, query};
use crate::ids::PersonId;
use crate::policy::Permit;
use crate::policy::acts::ChangeCalendarFeed;

/// The calendar feed of a person.
pub async fn find(tx: &mut Tx, person: PersonId) -> sqlx::Result<Option<CalendarFeed>> {
    query!(tx, "select person_id, created_at from calendar_feeds where person_id = :person", person).optional().await
}

/// The owner of the feed that a token opens. `None` if the owner departed, if the feed is older than their last sign-out,
/// or if it was made under a sign-in that has ended since.
pub async fn find_owner(tx: &mut Tx, token: &Token, now: DateTime<Utc>) -> sqlx::Result<Option<PersonId>> {
    let found = query!(
        tx,
        "select f.person_id from calendar_feeds f join people p on p.id = f.person_id
         where f.hash = :hash and p.status <> 'departed'
            and (p.signed_out_at is null or f.created_at > p.signed_out_at)
            and not exists (
                select 1 from identity_bindings b
                where b.person_id = p.id and b.ends_at <= :now
                    and f.created_at >= b.bound_at and f.created_at < b.ends_at
            )",
        hash = token.hash(),
        now
    );
    Ok(found.optional::<(PersonId,)>().await?.map(|(id,)| id))
}

/// Writes a feed. The previous address of the person stops working.
pub async fn save(tx: &mut Tx, feed: &Permit<ChangeCalendarFeed, CalendarFeed>, token: &Token) -> sqlx::Result<()> {
    query!(
        tx,
        "insert into calendar_feeds (person_id, hash, created_at) values (:person_id, :hash, :created_at)
         on conflict (person_id) do update set hash = excluded.hash, created_at = excluded.created_at",
        person_id = feed.person_id,
        hash = token.hash(),
        created_at = feed.created_at
    )
    .run()
    .await
    .map(drop)
}

/// Deletes a feed. Its address stops working.
pub async fn delete(tx: &mut Tx, feed: Permit<ChangeCalendarFeed, CalendarFeed>) -> sqlx::Result<()> {
    query!(tx, "delete from calendar_feeds where person_id = :person_id", person_id = feed.person_id)
        .run()
        .await
        .map(drop)
}
