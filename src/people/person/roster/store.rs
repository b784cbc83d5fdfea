//! The SQL of the roster.

use chrono::{DateTime, NaiveDate, Utc};

use crate::db::{Tx, insert, query, save};
use crate::ids::PersonId;
use crate::people::organisation::Organisation;
use crate::people::person::model::{Person, PersonStatus};
use crate::policy::Permit;
use crate::policy::acts::ChangeOrganisation;
use crate::problem::{Code, OnClash as _, Problem, saved};
use crate::text::{Email, Line};

const TAKEN: &str = "Another person already has this e-mail address or external id.";

/// Permission to change the roster.
pub type RosterPermit = Permit<ChangeOrganisation, Organisation>;

/// Inserts a new person.
pub async fn insert(tx: &mut Tx, _: &RosterPermit, person: &Person) -> Result<(), Problem> {
    insert!(
        tx,
        "people",
        person {
            id,
            external_id,
            name,
            email,
            title,
            team_id,
            manager_id,
            ladder_role_id,
            hired_on,
            location,
            time_zone,
            languages,
            status,
            offers_mentoring,
            wants_mentoring,
            is_paused,
            mentor_capacity,
            formats,
            topics,
            consents_to_personal_fit,
            created_at
        },
        name_folded = person.name.folded(),
        mentor_load = 0_i64,
        updated_at = person.created_at,
        revision = 1_i64
    )
    .run()
    .await
    .on_unique(Code::AlreadyExists, TAKEN)?;
    Ok(())
}

/// Saves changed HR facts. Refuses if another request changed the person first.
pub async fn save(tx: &mut Tx, _: &RosterPermit, person: &Person) -> Result<(), Problem> {
    saved(
        save!(
            tx,
            "update people set revision = revision + 1,
             signed_out_at = case when :status = 'departed' and status <> 'departed' then :updated_at
                 else signed_out_at end,
             named_at = case when email <> :email or external_id is distinct from :external_id then :updated_at
                 else named_at end,
             former_email = case when email <> :email then coalesce(former_email, email) else former_email end",
            person {
                external_id,
                name,
                email,
                title,
                team_id,
                manager_id,
                ladder_role_id,
                hired_on,
                location,
                time_zone,
                languages,
                status,
                updated_at
            },
            name_folded = person.name.folded()
        )
        .run()
        .await
        .on_unique(Code::AlreadyExists, TAKEN)?,
    )
}

/// Marks a person as departed, regardless of other changes at the same moment. Returns whether they were still here
/// before.
pub async fn depart(tx: &mut Tx, _: &RosterPermit, id: PersonId, now: DateTime<Utc>) -> sqlx::Result<bool> {
    let left = query!(
        tx,
        "update people set status = 'departed', signed_out_at = :now, updated_at = :now, revision = revision + 1
         where id = :id and status <> 'departed'",
        id,
        now
    );
    Ok(left.run().await? == 1)
}

/// Whether the first day differs from `hired_on`. The database compares, so that the guarded value is not opened.
pub async fn has_other_first_day(tx: &mut Tx, id: PersonId, hired_on: Option<NaiveDate>) -> sqlx::Result<bool> {
    let found = query!(tx, "select hired_on is distinct from :hired_on from people where id = :id", id, hired_on);
    Ok(found.one::<(bool,)>().await?.0)
}

/// Finds a person by external id.
pub async fn find_by_external_id(tx: &mut Tx, external_id: &Line<100>) -> sqlx::Result<Option<PersonId>> {
    let found = query!(tx, "select id from people where external_id = :external_id", external_id);
    Ok(found.optional::<(PersonId,)>().await?.map(|(id,)| id))
}

/// Finds a person by address.
pub async fn find_by_email(tx: &mut Tx, email: &Email) -> sqlx::Result<Option<PersonId>> {
    let found = query!(tx, "select id from people where email = :email", email);
    Ok(found.optional::<(PersonId,)>().await?.map(|(id,)| id))
}

/// Finds the employment status of a person. `None`: there is no such person.
pub async fn find_status(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<PersonStatus>> {
    let found = query!(tx, "select status from people where id = :id", id);
    Ok(found.optional::<(PersonStatus,)>().await?.map(|(status,)| status))
}

/// Refuses an external id or address of another person, and an unknown team or ladder role.
pub async fn check_references(tx: &mut Tx, person: &Person) -> Result<(), Problem> {
    let (has_team, has_role, is_id_taken, is_email_taken): (bool, bool, bool, bool) = query!(
        tx,
        "select :team_id is null or exists (select 1 from teams where id = :team_id),
         :ladder_role_id is null or exists (select 1 from ladder_roles where id = :ladder_role_id),
         exists (select 1 from people where external_id = :external_id and id <> :id),
         exists (select 1 from people where email = :email and id <> :id)",
        id = person.id,
        team_id = person.team_id,
        ladder_role_id = person.ladder_role_id,
        external_id = &person.external_id,
        email = &person.email
    )
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
