//! What a service account is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;
use uuid::Uuid;

use crate::ids::ServiceAccountId;
use crate::people::organisation::Organisation;
use crate::policy::acts::ManageAccounts;
use crate::policy::{Readable, Related, Relations, Scope, Takes, Viewer};
use crate::problem::Problem;
use crate::text::Name;

/// The most scopes that a request names.
const MOST_SCOPES: usize = 10;

/// Another system that may ask.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct ServiceAccount {
    /// Names the account.
    pub id: ServiceAccountId,
    /// What it is called; no other account is.
    pub name: Name,
    /// The most that its tokens may do.
    pub scopes: Json<Vec<Scope>>,
    /// Whether its tokens are accepted.
    pub is_enabled: bool,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
}

impl ServiceAccount {
    /// A new account that may ask at once.
    pub fn new(id: ServiceAccountId, name: Name, scopes: Vec<Scope>, now: DateTime<Utc>) -> Result<Self, Problem> {
        let scopes = ceiling(scopes)?;
        Ok(Self { id, name, scopes, is_enabled: true, created_at: now, updated_at: now, revision: 1 })
    }

    /// Moves the ceiling; it holds for tokens that are out already.
    pub fn limit_to(&mut self, scopes: Vec<Scope>) -> Result<(), Problem> {
        self.scopes = ceiling(scopes)?;
        Ok(())
    }
}

/// Each scope once, in one order.
fn ceiling(mut scopes: Vec<Scope>) -> Result<Json<Vec<Scope>>, Problem> {
    if scopes.len() > MOST_SCOPES {
        return Err(Problem::invalid("/scopes", format!("must name at most {MOST_SCOPES}")));
    }
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Problem::invalid("/scopes", "must name at least one; to shut an account out, disable it"));
    }
    Ok(Json(scopes))
}

/// For admins alone: to everybody else no account exists.
impl Related for ServiceAccount {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

impl Readable for ServiceAccount {
    type Read = ManageAccounts;
    const KIND: &'static str = "service_accounts";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ManageAccounts> for ServiceAccount {}
