//! The SQL of mail.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::db::Tx;
use crate::ids::{GoalId, PersonId};
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
