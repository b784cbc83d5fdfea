//! The SQL of identity: does this subject still work here?

use sqlx::types::Json;

use super::claims::PersonClaim;
use crate::db::Tx;
use crate::ids::{PersonId, ProgramId, ServiceAccountId};
use crate::policy::Scope;

/// The person a token names, unless they left.
pub async fn find_person(tx: &mut Tx, id: PersonId) -> sqlx::Result<Option<PersonId>> {
    let found = tx.query("select id from people where id = $1 and status <> 'departed'").bind(id);
    Ok(found.optional::<(PersonId,)>().await?.map(|(id,)| id))
}

/// The person whom the identity provider calls `name`, unless they left.
pub async fn find_person_by_claim(tx: &mut Tx, claim: PersonClaim, name: &str) -> sqlx::Result<Option<PersonId>> {
    let found = tx.query(match claim {
        PersonClaim::Sub => "select id from people where external_id = $1 and status <> 'departed'",
        PersonClaim::Email => "select id from people where email = $1 and status <> 'departed'",
    });
    Ok(found.bind(name).optional::<(PersonId,)>().await?.map(|(id,)| id))
}

/// The scopes of an enabled service account.
pub async fn find_service(tx: &mut Tx, id: ServiceAccountId) -> sqlx::Result<Option<Vec<Scope>>> {
    let found = tx.query("select scopes from service_accounts where id = $1 and is_enabled").bind(id);
    Ok(found.optional::<(Json<Vec<Scope>>,)>().await?.map(|(Json(scopes),)| scopes))
}

/// The programs that a person coordinates.
pub async fn list_coordinated(tx: &mut Tx, id: PersonId) -> sqlx::Result<Vec<ProgramId>> {
    let rows = tx.query("select program_id from program_coordinators where person_id = $1 order by program_id");
    Ok(rows.bind(id).all::<(ProgramId,)>().await?.into_iter().map(|(id,)| id).collect())
}
