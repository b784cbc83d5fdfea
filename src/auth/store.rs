//! The SQL of identity: does this token's subject still work here?

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use super::session::{Session, is_signed_out};
use crate::db::{Ids, Sql, Tx};
use crate::ids::{PersonId, ProgramId, ServiceAccountId};
use crate::policy::Scope;

/// A person, as far as their tokens ask.
#[derive(Clone, Debug, FromRow)]
pub(super) struct PersonStanding {
    pub id: PersonId,
    pub has_left: bool,
    pub signed_out_at: Option<DateTime<Utc>>,
    /// Whether this very token was taken back.
    pub is_revoked: bool,
}

/// The person a token of ours names.
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

/// A provider's subject that is tied to a person.
#[derive(Clone, Debug, FromRow)]
pub(super) struct Binding {
    /// Names the binding.
    #[sqlx(rename = "binding_id")]
    pub tied_by: Uuid,
    pub opens_at: Option<DateTime<Utc>>,
    pub ends_at: Option<DateTime<Utc>>,
    #[sqlx(flatten)]
    pub person: PersonStanding,
}

/// Whom the provider's subject is tied to.
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

/// A service account, as far as its tokens ask.
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

/// Takes a token back until it expires. `true`: it was not taken back before.
pub(super) async fn revoke(tx: &mut Tx, token: Uuid, expires_at: DateTime<Utc>) -> sqlx::Result<bool> {
    let revoked = tx.query("insert into revoked_tokens (id, expires_at) values ($1, $2) on conflict do nothing");
    Ok(revoked.bind(token).bind(expires_at).run().await? == 1)
}

/// Forgets tokens that expired before then, and would be refused anyway; tells how many.
pub(crate) async fn forget_revoked(tx: &mut Tx, before: DateTime<Utc>) -> sqlx::Result<u64> {
    tx.query("delete from revoked_tokens where expires_at < $1").bind(before).run().await
}

/// What the database knows of many tokens at once.
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

/// One text, with the two spellings of a list of ids.
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

/// What the database knows of these tokens of people.
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
