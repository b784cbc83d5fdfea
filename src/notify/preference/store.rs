//! The SQL of preferences.

use chrono::{DateTime, Utc};

use super::model::NoticePreferences;
use crate::db::{Ids, Tx, query};
use crate::ids::PersonId;
use crate::people::person::store::find_zone;
use crate::policy::Changed;

const SELECT: &str = "select n.person_id, n.mail_off, n.in_app_off, n.quiet_from, n.quiet_to, n.digest_at, p.time_zone
    from notice_preferences n join people p on p.id = n.person_id";

/// A person's preferences, or the default if they chose none. `None`: there is no such person.
pub async fn find(tx: &mut Tx, person: PersonId) -> sqlx::Result<Option<NoticePreferences>> {
    if let Some(chosen) = query!(tx, [SELECT, "where n.person_id = :person"], person).optional().await? {
        return Ok(Some(chosen));
    }
    Ok(find_zone(tx, person).await?.map(|zone| NoticePreferences::default_for(person, zone)))
}

/// The preferences of these people, without people who chose none.
pub async fn list(tx: &mut Tx, people: Ids) -> sqlx::Result<Vec<NoticePreferences>> {
    query!(tx, [SELECT, "where n.person_id = any(:people)"], people).all().await
}

/// Writes the preferences of a person.
pub async fn save(tx: &mut Tx, chosen: &Changed<NoticePreferences>, now: DateTime<Utc>) -> sqlx::Result<()> {
    query!(
        tx,
        "insert into notice_preferences (person_id, mail_off, in_app_off, quiet_from, quiet_to,
            digest_at, updated_at)
         values (:person_id, :mail_off, :in_app_off, :quiet_from, :quiet_to, :digest_at, :now)
         on conflict (person_id) do update set mail_off = excluded.mail_off, in_app_off = excluded.in_app_off,
            quiet_from = excluded.quiet_from, quiet_to = excluded.quiet_to, digest_at = excluded.digest_at,
            updated_at = excluded.updated_at",
        person_id = chosen.person_id,
        mail_off = &chosen.mail_off,
        in_app_off = &chosen.in_app_off,
        quiet_from = chosen.quiet_from,
        quiet_to = chosen.quiet_to,
        digest_at = chosen.digest_at,
        now
    )
    .run()
    .await
    .map(drop)
}
