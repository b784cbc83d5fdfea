//! The SQL of authentication: finds people, service accounts, bindings and revoked tokens.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::session::{Session, is_signed_out};
use crate::db::{Ids, Tx, query};
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
    query!(
        tx,
        "select id, status = 'departed' as has_left, signed_out_at,
            exists (select 1 from revoked_tokens where id = :token) as is_revoked
         from people where id = :id",
        id,
        token
    )
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
    query!(
        tx,
        "select b.id as binding_id, b.opens_at, b.ends_at, p.id, p.status = 'departed' as has_left,
            p.signed_out_at, exists (select 1 from revoked_tokens where id = :token) as is_revoked
         from identity_bindings b join people p on p.id = b.person_id
         where b.issuer = :issuer and b.subject = :subject",
        issuer,
        subject,
        token
    )
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
    query!(
        tx,
        "select scopes, signed_out_at, exists (select 1 from revoked_tokens where id = :token) as is_revoked
         from service_accounts where id = :id and is_enabled",
        id,
        token
    )
    .optional()
    .await
}

/// The programs that a person coordinates.
pub(super) async fn list_coordinated(tx: &mut Tx, id: PersonId) -> sqlx::Result<Vec<ProgramId>> {
    let rows = query!(tx, "select program_id from program_coordinators where person_id = :id order by program_id", id);
    Ok(rows.all::<(ProgramId,)>().await?.into_iter().map(|(id,)| id).collect())
}

/// Revokes a token. `true`: it was not revoked before.
pub(super) async fn revoke(tx: &mut Tx, token: Uuid, expires_at: DateTime<Utc>) -> sqlx::Result<bool> {
    let revoked = query!(
        tx,
        "insert into revoked_tokens (id, expires_at) values (:token, :expires_at) on conflict do nothing",
        token,
        expires_at
    );
    Ok(revoked.run().await? == 1)
}

/// Deletes revoked tokens that expired before this time, which are refused anyway. Returns their number.
pub(crate) async fn forget_revoked(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    query!(tx, "delete from revoked_tokens where expires_at < :before", before).run().await
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

/// The state of these tokens of people.
pub(super) async fn standing_of(tx: &mut Tx, sessions: &[Session], now: DateTime<Utc>) -> sqlx::Result<Standing> {
    let people: HashSet<Uuid> = sessions.iter().filter_map(|session| session.person.map(PersonId::uuid)).collect();
    let rows: Vec<StandingRow> = query!(
        tx,
        "select 'person' as kind, id, signed_out_at from people where status <> 'departed' and id = any(:people)
         union all select 'revoked', id, null from revoked_tokens where id = any(:tokens)
         union all select 'binding', id, null from identity_bindings
            where (ends_at is null or ends_at > :now) and id = any(:bindings)",
        people = people.into_iter().collect::<Ids>(),
        tokens = sessions.iter().map(|session| session.token_id).collect::<Ids>(),
        bindings = sessions.iter().filter_map(|session| session.binding).collect::<Ids>(),
        now
    )
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
