//! The SQL of mail.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::{Ids, Tx, query};
use crate::ids::{DeliveryId, GoalId, PersonId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::text::{Email, Name, TimeZone};

/// The recipient of a mail.
#[derive(Clone, Debug, FromRow)]
pub struct Recipient {
    /// Name of the person.
    pub name: Name,
    /// Mail address of the person.
    pub email: Email,
    /// Time zone of the person.
    pub time_zone: TimeZone,
}

/// The mentor and the mentee of a pair, departed people included.
pub async fn list_addressed(tx: &mut Tx, mentor: PersonId, mentee: PersonId) -> sqlx::Result<Vec<Recipient>> {
    query!(tx, "select name, email, time_zone from people where id in (:mentor, :mentee) order by id", mentor, mentee)
        .all()
        .await
}

/// The person, if they are active.
pub async fn find_recipient(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<Recipient>> {
    query!(tx, "select name, email, time_zone from people where id = :id and status = 'active'", id).optional().await
}

/// The part of a new first sign-in that its mail shows.
#[derive(Clone, Debug, FromRow)]
pub struct NewSignIn {
    /// Mail address before the last change. `None`: it did not change.
    pub former_email: Option<Email>,
    /// When it is valid without a confirmation. `None`: it is not used yet.
    pub opens_at: Option<DateTime<Utc>>,
}

/// The person and their new first sign-in. People on leave are included.
pub async fn find_new_sign_in(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<(Recipient, NewSignIn)>> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        recipient: Recipient,
        #[sqlx(flatten)]
        new: NewSignIn,
    }
    let found = query!(
        tx,
        "select p.name, p.email, p.time_zone, r.former_email, r.opens_at
         from people p join identity_rebinds r on r.person_id = p.id
         where p.id = :id and p.status <> 'departed'",
        id
    );
    Ok(found.optional::<Row>().await?.map(|row| (row.recipient, row.new)))
}

/// Whether a goal has a check-in since this time.
pub async fn has_check_in_since(tx: &mut Tx, goal: GoalId, since: DateTime<Utc>) -> sqlx::Result<bool> {
    let found = query!(
        tx,
        "select exists (select 1 from check_ins where goal_id = :goal and created_at > :since)",
        goal,
        since
    );
    Ok(found.one::<(bool,)>().await?.0)
}

/// The mails to a person, and the mails about their pairs to other people, digests included.
pub async fn list_mails_about(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<DeliveryId>> {
    let found = query!(
        tx,
        [
            "with theirs as",
            PAIRS_OF_PERSON,
            "select d.id from deliveries d where d.recipient_id = :person and d.channel = 'mail'
         union select d.id from deliveries d where d.pair_id in (select id from theirs) and d.channel = 'mail'
         union select d.id from deliveries d where d.channel = 'mail' and d.event_id in (
            select e.digest_id from deliveries e
            where e.pair_id in (select id from theirs) and e.digest_id is not null)"
        ],
        person
    );
    Ok(found.all::<(DeliveryId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// The mails that may be kept: their delivery exists, and neither the recipient nor a person of the pair was erased since.
pub async fn list_kept_mails(tx: &mut Tx, mails: Ids) -> sqlx::Result<Vec<DeliveryId>> {
    let kept = query!(
        tx,
        "select d.id from deliveries d where d.id = any(:mails)
         and not exists (select 1 from people p where p.id = d.recipient_id and p.erased_at >= d.created_at)
         and not exists (
             select 1 from pairs x join people p on p.id in (x.mentor_id, x.mentee_id)
             where x.id = d.pair_id and p.erased_at >= d.created_at)
         and not exists (
             select 1 from deliveries e join pairs x on x.id = e.pair_id
                 join people p on p.id in (x.mentor_id, x.mentee_id)
             where e.digest_id = d.event_id and p.erased_at >= e.created_at)",
        mails
    );
    Ok(kept.all::<(DeliveryId,)>().await?.into_iter().map(|(id,)| id).collect())
}
