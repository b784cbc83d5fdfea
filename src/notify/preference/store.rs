//! The SQL of preferences.

use chrono::{DateTime, Utc};

use super::model::NoticePreferences;
use crate::db::{Ids, Sql, Tx};
use crate::ids::PersonId;
use crate::people::person::store::find_zone;
use crate::policy::Changed;

macro_rules! select_chosen {
    ($people:literal) => {
        concat!(
            "select n.person_id, n.mail_off, n.in_app_off, n.quiet_from, n.quiet_to, n.digest_at, p.time_zone
             from notice_preferences n join people p on p.id = n.person_id where n.person_id ",
            $people
        )
    };
}

/// A person's preferences, or the default if they chose none. `None`: there is no such person.
pub async fn find(tx: &mut Tx, person: PersonId) -> sqlx::Result<Option<NoticePreferences>> {
    if let Some(chosen) = tx.query(select_chosen!("= $1")).bind(person).optional().await? {
        return Ok(Some(chosen));
    }
    Ok(find_zone(tx, person).await?.map(|zone| NoticePreferences::default_for(person, zone)))
}

/// The preferences of these people, without people who chose none.
pub async fn list(tx: &mut Tx, people: Ids) -> sqlx::Result<Vec<NoticePreferences>> {
    let chosen = tx.query(Sql {
        sqlite: select_chosen!("in (select unhex(value) from json_each($1))"),
        postgres: select_chosen!("= any($1)"),
    });
    chosen.bind(people).all().await
}

/// Writes the preferences of a person.
pub async fn save(tx: &mut Tx, chosen: &Changed<NoticePreferences>, now: DateTime<Utc>) -> sqlx::Result<()> {
    tx.query(
        "insert into notice_preferences (person_id, mail_off, in_app_off, quiet_from, quiet_to, digest_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7)
         on conflict (person_id) do update set mail_off = excluded.mail_off, in_app_off = excluded.in_app_off,
            quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, digest_at = excluded.digest_at,
            updated_at = excluded.updated_at",
    )
    .bind(chosen.person_id)
    .bind(&chosen.mail_off)
    .bind(&chosen.in_app_off)
    .bind(chosen.quiet_from)
    .bind(chosen.quiet_to)
    .bind(chosen.digest_at)
    .bind(now)
    .run()
    .await
    .map(drop)
}
