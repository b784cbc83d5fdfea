//! The SQL of mail.

use sqlx::FromRow;

use crate::db::Tx;
use crate::ids::PersonId;
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
