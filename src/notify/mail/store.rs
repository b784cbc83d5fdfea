//! The SQL of mail.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::{Ids, Sql, Tx};
use crate::ids::{DeliveryId, GoalId, PersonId};
use crate::text::{Email, Name, TimeZone};

/// Who gets a mail.
#[derive(Clone, Debug, FromRow)]
pub struct Recipient {
    /// What they are called.
    pub name: Name,
    /// Where mail reaches them.
    pub email: Email,
    /// Where their clock stands.
    pub time_zone: TimeZone,
}

/// The two of a pair, whether they still work here or not.
pub async fn list_addressed(tx: &mut Tx, mentor: PersonId, mentee: PersonId) -> sqlx::Result<Vec<Recipient>> {
    let two = tx.query("select name, email, time_zone from people where id in ($1, $2) order by id");
    two.bind(mentor).bind(mentee).all().await
}

/// The person, if they work here.
pub async fn find_recipient(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<Recipient>> {
    let found = tx.query("select name, email, time_zone from people where id = $1 and status = 'active'");
    found.bind(id).optional().await
}

/// A new first sign-in of a person, as the mail about it tells.
#[derive(Clone, Debug, FromRow)]
pub struct NewSignIn {
    /// The address before the last change.
    pub former_email: Option<Email>,
    /// When it opens without the person's yes.
    pub opens_at: Option<DateTime<Utc>>,
}

/// The person and the new first sign-in that is open or waits for them, also while they are on leave.
pub async fn find_new_sign_in(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<(Recipient, NewSignIn)>> {
    #[derive(FromRow)]
    struct Row {
        #[sqlx(flatten)]
        recipient: Recipient,
        #[sqlx(flatten)]
        new: NewSignIn,
    }
    let found = tx.query(
        "select p.name, p.email, p.time_zone, r.former_email, r.opens_at
         from people p join identity_rebinds r on r.person_id = p.id where p.id = $1 and p.status <> 'departed'",
    );
    Ok(found.bind(id).optional::<Row>().await?.map(|row| (row.recipient, row.new)))
}

/// Whether somebody reported on a goal since then.
pub async fn has_check_in_since(tx: &mut Tx, goal: GoalId, since: DateTime<Utc>) -> sqlx::Result<bool> {
    let found = tx.query("select exists (select 1 from check_ins where goal_id = $1 and created_at > $2)");
    Ok(found.bind(goal).bind(since).one::<(bool,)>().await?.0)
}

/// The mails to a person, and those about their pairs to anybody, in digests, too.
pub async fn list_mails_about(tx: &mut Tx, person: PersonId) -> sqlx::Result<Vec<DeliveryId>> {
    let found = tx.query(
        "with theirs as (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
         select d.id from deliveries d where d.recipient_id = $1 and d.channel = 'mail'
         union select d.id from deliveries d where d.pair_id in (select id from theirs) and d.channel = 'mail'
         union select d.id from deliveries d where d.channel = 'mail' and d.event_id in (
            select e.digest_id from deliveries e where e.pair_id in (select id from theirs) and e.digest_id is not null)",
    );
    Ok(found.bind(person).all::<(DeliveryId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// Which of these mails may stay: those of known deliveries to people, and about pairs of people, who were not erased since.
pub async fn list_kept_mails(tx: &mut Tx, mails: Ids) -> sqlx::Result<Vec<DeliveryId>> {
    macro_rules! kept {
        ($among:literal) => {
            concat!(
                "select d.id from deliveries d where d.id ",
                $among,
                " and not exists (select 1 from people p where p.id = d.recipient_id and p.erased_at >= d.created_at)
                  and not exists (
                    select 1 from pairs x join people p on p.id in (x.mentor_id, x.mentee_id)
                    where x.id = d.pair_id and p.erased_at >= d.created_at)
                  and not exists (
                    select 1 from deliveries e join pairs x on x.id = e.pair_id
                        join people p on p.id in (x.mentor_id, x.mentee_id)
                    where e.digest_id = d.event_id and p.erased_at >= e.created_at)"
            )
        };
    }
    let kept =
        tx.query(Sql { sqlite: kept!("in (select unhex(value) from json_each($1))"), postgres: kept!("= any($1)") });
    Ok(kept.bind(mails).all::<(DeliveryId,)>().await?.into_iter().map(|(id,)| id).collect())
}
