//! The SQL of the roster.

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::Tx;
use crate::ids::PersonId;
use crate::people::organisation::Organisation;
use crate::people::person::model::{Person, PersonStatus};
use crate::policy::Permit;
use crate::policy::acts::ChangeOrganisation;
use crate::problem::{Code, OnClash as _, Problem};
use crate::text::{Email, Line};

const TAKEN: &str = "Another person already has this e-mail address or external id.";

/// Permission to change the roster.
pub type RosterPermit = Permit<ChangeOrganisation, Organisation>;

/// Inserts a new person.
pub async fn insert(tx: &mut Tx, _: &RosterPermit, person: &Person) -> Result<(), Problem> {
    tx.query(
        "insert into people (id, external_id, name, name_folded, email, title, team_id, manager_id, ladder_role_id,
            hired_on, location, time_zone, languages, status, offers_mentoring, wants_mentoring, is_paused,
            mentor_capacity, mentor_load, formats, topics, consents_to_personal_fit, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 0, $19, $20, $21, $22,
            $22, 1)",
    )
    .bind(person.id)
    .bind(&person.external_id)
    .bind(&person.name)
    .bind(person.name.folded())
    .bind(&person.email)
    .bind(&person.title)
    .bind(person.team_id)
    .bind(person.manager_id)
    .bind(person.ladder_role_id)
    .bind(&person.hired_on)
    .bind(&person.location)
    .bind(&person.time_zone)
    .bind(&person.languages)
    .bind(person.status)
    .bind(person.offers_mentoring)
    .bind(person.wants_mentoring)
    .bind(person.is_paused)
    .bind(person.mentor_capacity)
    .bind(&person.formats)
    .bind(&person.topics)
    .bind(&person.consents_to_personal_fit)
    .bind(person.created_at)
    .run()
    .await
    .on_unique(Code::AlreadyExists, TAKEN)?;
    Ok(())
}

/// Saves changed HR facts. Refuses if another request changed the person first.
pub async fn save(tx: &mut Tx, _: &RosterPermit, person: &Person) -> Result<(), Problem> {
    let touched = tx
        .query(
            "update people set external_id = $3, name = $4, name_folded = $5, email = $6, title = $7, team_id = $8,
                manager_id = $9, ladder_role_id = $10, hired_on = $11, location = $12, time_zone = $13, languages = $14,
                status = $15, updated_at = $16, revision = revision + 1,
                signed_out_at = case when $15 = 'departed' and status <> 'departed' then $16 else signed_out_at end,
                named_at = case when email <> $6 or external_id is distinct from $3 then $16 else named_at end,
                former_email = case when email <> $6 then coalesce(former_email, email) else former_email end
             where id = $1 and revision = $2",
        )
        .bind(person.id)
        .bind(person.revision)
        .bind(&person.external_id)
        .bind(&person.name)
        .bind(person.name.folded())
        .bind(&person.email)
        .bind(&person.title)
        .bind(person.team_id)
        .bind(person.manager_id)
        .bind(person.ladder_role_id)
        .bind(&person.hired_on)
        .bind(&person.location)
        .bind(&person.time_zone)
        .bind(&person.languages)
        .bind(person.status)
        .bind(person.updated_at)
        .run()
        .await
        .on_unique(Code::AlreadyExists, TAKEN)?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Marks a person as departed, regardless of other changes at the same moment. Returns whether they were still here
/// before.
pub async fn depart(tx: &mut Tx, _: &RosterPermit, id: PersonId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let left = tx.query(
        "update people set status = 'departed', signed_out_at = $2, updated_at = $2, revision = revision + 1
         where id = $1 and status <> 'departed'",
    );
    Ok(left.bind(id).bind(now).run().await? == 1)
}

/// Whether the first day differs from `hired_on`. The database compares, so that the guarded value is not opened.
pub async fn has_other_first_day(tx: &mut Tx, id: PersonId, hired_on: Option<NaiveDate>) -> sqlx::Result<bool> {
    let found = tx.query("select hired_on is distinct from $2 from people where id = $1").bind(id).bind(hired_on);
    Ok(found.one::<(bool,)>().await?.0)
}

/// Finds a person by external id.
pub async fn find_by_external_id(tx: &mut Tx, external_id: &Line<100>) -> sqlx::Result<Option<PersonId>> {
    let found = tx.query("select id from people where external_id = $1").bind(external_id);
    Ok(found.optional::<(PersonId,)>().await?.map(|(id,)| id))
}

/// Finds a person by address.
pub async fn find_by_email(tx: &mut Tx, email: &Email) -> sqlx::Result<Option<PersonId>> {
    let found = tx.query("select id from people where email = $1").bind(email);
    Ok(found.optional::<(PersonId,)>().await?.map(|(id,)| id))
}

/// Finds the employment status of a person. `None`: there is no such person.
pub async fn find_status(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<PersonStatus>> {
    let found = tx.query("select status from people where id = $1").bind(id);
    Ok(found.optional::<(PersonStatus,)>().await?.map(|(status,)| status))
}

/// Refuses an external id or address of another person, and an unknown team or ladder role.
pub async fn check_references(tx: &mut Tx, person: &Person) -> Result<(), Problem> {
    let (has_team, has_role, is_id_taken, is_email_taken): (bool, bool, bool, bool) = tx
        .query(
            "select $2 is null or exists (select 1 from teams where id = $2),
                $3 is null or exists (select 1 from ladder_roles where id = $3),
                exists (select 1 from people where external_id = $4 and id <> $1),
                exists (select 1 from people where email = $5 and id <> $1)",
        )
        .bind(person.id)
        .bind(person.team_id)
        .bind(person.ladder_role_id)
        .bind(&person.external_id)
        .bind(&person.email)
        .one()
        .await?;
    if !has_team {
        return Err(Problem::invalid("/team_id", "must be the id of a team"));
    }
    if !has_role {
        return Err(Problem::invalid("/ladder_role_id", "must be the id of a career ladder role"));
    }
    let taken =
        |pointer| Err(Problem::new(Code::AlreadyExists, TAKEN).at(pointer, "must not belong to another person"));
    match (is_id_taken, is_email_taken) {
        (true, _) => taken("/external_id"),
        (_, true) => taken("/email"),
        (false, false) => Ok(()),
    }
}
