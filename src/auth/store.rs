//! The SQL of authentication: finds people, service accounts, bindings and revoked tokens.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::session::{Session, is_signed_out};
use crate::db::{Ids, Sql, Tx};
use crate::ids::{PersonId, ProgramId, ServiceAccountId};
use crate::policy::Scope;

/// The state of a person that decides whether their tokens are accepted.
#[derive(Clone, Debug, FromRow)]
pub(super) struct PersonStanding {
    pub id: PersonId,
    pub has_left: bool,
    pub signed_out_at: Option<DateTime<Utc>>,
    /// Whether this token was revoked.
    pub is_revoked: bool,
}

/// The person that a token of the service identifies.
pub(super) async fn find_person(tx: &mut Tx, id: PersonId, token: Uuid) -> sqlx::Result<Option<PersonStanding>> {
    tx.query(
        "select id, status = 'departed' as has_left, signed_out_at,
            exists (select 1 from revoked_tokens where id = $2) as is_revoked
         from people where id = $1",
    )
    .bind(id)
    .bind(token)
    .optional()
    .await
}

/// A subject of the identity provider that is bound to a person.
#[derive(Clone, Debug, FromRow)]
#[expect(clippy::struct_field_names, reason = "the column `id` is the person's")]
pub(super) struct Binding {
    /// Id of the binding.
    pub binding_id: Uuid,
    pub opens_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    pub person: PersonStanding,
}

/// The binding of a subject of the identity provider.
pub(super) async fn find_binding(
    tx: &mut Tx,
    issuer: &str,
    subject: &str,
    token: Uuid,
) -> sqlx::Result<Option<Binding>> {
    tx.query(
        "select b.id as binding_id, b.opens_at, b.ends_at, p.id, p.status = 'departed' as has_left, p.signed_out_at,
            exists (select 1 from revoked_tokens where id = $3) as is_revoked
         from identity_bindings b join people p on p.id = b.person_id
         where b.issuer = $1 and b.subject = $2",
    )
    .bind(issuer)
    .bind(subject)
    .bind(token)
    .optional()
    .await
}

/// The state of a service account that decides whether its tokens are accepted.
#[derive(Clone, Debug, FromRow)]
pub(super) struct ServiceStanding {
    pub scopes: Json<Vec<Scope>>,
    pub signed_out_at: Option<DateTime<Utc>>,
    pub is_revoked: bool,
}

/// An enabled service account.
pub(super) async fn find_service(
    tx: &mut Tx,
    id: ServiceAccountId,
    token: Uuid,
) -> sqlx::Result<Option<ServiceStanding>> {
    tx.query(
        "select scopes, signed_out_at, exists (select 1 from revoked_tokens where id = $2) as is_revoked
         from service_accounts where id = $1 and is_enabled",
    )
    .bind(id)
    .bind(token)
    .optional()
    .await
}

/// The programs that a person coordinates.
pub(super) async fn list_coordinated(tx: &mut Tx, id: PersonId) -> sqlx::Result<Vec<ProgramId>> {
    let rows = tx.query("select program_id from program_coordinators where person_id = $1 order by program_id");
    Ok(rows.bind(id).all::<(ProgramId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// Revokes a token. `true`: it was not revoked before.
pub(super) async fn revoke(tx: &mut Tx, token: Uuid, expires_at: DateTime<Utc>) -> sqlx::Result<bool> {
    let revoked = tx.query("insert into revoked_tokens (id, expires_at) values ($1, $2) on conflict do nothing");
    Ok(revoked.bind(token).bind(expires_at).run().await? == 1)
}

/// Deletes revoked tokens that expired before this time, which are refused anyway. Returns their number.
pub(crate) async fn forget_revoked(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.query("delete from revoked_tokens where expires_at < $1").bind(before).run().await
}

/// The state of many tokens.
#[derive(Debug, Default)]
pub(super) struct Standing {
    people: HashMap<Uuid, Option<DateTime<Utc>>>,
    revoked: HashSet<Uuid>,
    bindings: HashSet<Uuid>,
}

impl Standing {
    pub fn admits(&self, session: &Session, now: DateTime<Utc>) -> bool {
        let signed_out_at = session.person.and_then(|person| self.people.get(&person.uuid()));
        signed_out_at.is_some_and(|at| !is_signed_out(*at, session.issued_at, now))
            && !self.revoked.contains(&session.token_id)
            && session.binding.is_none_or(|binding| self.bindings.contains(&binding))
            && now < session.expires_at
    }
}

#[derive(FromRow)]
struct StandingRow {
    kind: String,
    id: Uuid,
    signed_out_at: Option<DateTime<Utc>>,
}

/// The statement, with the way in which an engine writes a list of ids.
macro_rules! standing {
    ($one:literal, $two:literal, $three:literal) => {
        concat!(
            "select 'person' as kind, id, signed_out_at from people where status <> 'departed' and id ",
            $one,
            " union all select 'revoked', id, null from revoked_tokens where id ",
            $two,
            " union all select 'binding', id, null from identity_bindings
              where (ends_at is null or ends_at > $4) and id ",
            $three
        )
    };
}

/// The state of these tokens of people.
pub(super) async fn standing_of(tx: &mut Tx, sessions: &[Session], now: DateTime<Utc>) -> sqlx::Result<Standing> {
    let people: HashSet<Uuid> = sessions.iter().filter_map(|session| session.person.map(PersonId::uuid)).collect();
    let rows: Vec<StandingRow> = tx
        .query(Sql {
            sqlite: standing!(
                "in (select unhex(value) from json_each($1))",
                "in (select unhex(value) from json_each($2))",
                "in (select unhex(value) from json_each($3))"
            ),
            postgres: standing!("= any($1)", "= any($2)", "= any($3)"),
        })
        .bind(people.into_iter().collect::<Ids>())
        .bind(sessions.iter().map(|session| session.token_id).collect::<Ids>())
        .bind(sessions.iter().filter_map(|session| session.binding).collect::<Ids>())
        .bind(now)
        .all()
        .await?;
    let mut standing = Standing::default();
    for row in rows {
        match row.kind.as_str() {
            "person" => drop(standing.people.insert(row.id, row.signed_out_at)),
            "revoked" => drop(standing.revoked.insert(row.id)),
            _ => drop(standing.bindings.insert(row.id)),
        }
    }
    Ok(standing)
}
