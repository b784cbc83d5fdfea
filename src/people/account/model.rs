//! A service account and its rules.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use sqlx::types::Json;

use crate::ids::ServiceAccountId;
use crate::people::organisation::Organisation;
use crate::policy::acts::ManageAccounts;
use crate::policy::{Related, Relations, Scope, Takes, Viewer, readable_as};
use crate::problem::Problem;
use crate::text::Name;

/// Maximum number of scopes in a request.
const MOST_SCOPES: usize = 10;

/// A service account: another system that uses the API.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct ServiceAccount {
    /// Id of the service account.
    pub id: ServiceAccountId,
    /// Unique name. Upper and lower case count as the same.
    pub name: Name,
    /// Scopes that the tokens may have at most.
    pub scopes: Json<Vec<Scope>>,
    /// Whether the tokens are accepted.
    pub is_enabled: bool,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
}

impl ServiceAccount {
    /// A new, enabled account.
    pub fn new(id: ServiceAccountId, name: Name, scopes: Vec<Scope>, now: DateTime<Utc>) -> Result<Self, Problem> {
        let scopes = checked_scopes(scopes)?;
        Ok(Self { id, name, scopes, is_enabled: true, created_at: now, updated_at: now, revision: 1 })
    }

    /// Replaces the scopes, also for existing tokens.
    pub fn limit_to(&mut self, scopes: Vec<Scope>) -> Result<(), Problem> {
        self.scopes = checked_scopes(scopes)?;
        Ok(())
    }
}

/// The scopes in order, each once. Refuses an empty list and too many scopes.
fn checked_scopes(mut scopes: Vec<Scope>) -> Result<Json<Vec<Scope>>, Problem> {
    if scopes.len() > MOST_SCOPES {
        return Err(Problem::invalid("/scopes", format!("must have at most {MOST_SCOPES} items")));
    }
    scopes.sort_unstable();
    scopes.dedup();
    if scopes.is_empty() {
        return Err(Problem::invalid("/scopes", "must have at least one item; to block an account, disable it"));
    }
    Ok(Json(scopes))
}

/// Only admins have a relation. For everyone else the account does not exist.
impl Related for ServiceAccount {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

readable_as!(ServiceAccount: ManageAccounts, "service_accounts");

impl Takes<ManageAccounts> for ServiceAccount {}
