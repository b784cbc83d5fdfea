//! The SQL of service accounts.

use super::model::ServiceAccount;
use crate::db::{Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::ServiceAccountId;
use crate::people::organisation::Organisation;
use crate::policy::acts::ManageAccounts;
use crate::policy::{Changed, Permit};
use crate::problem::{OnClash as _, Problem, saved};
use crate::text::Name;

const TAKEN: &str = "Another service account has this name. Choose another name.";

const SELECT: &str = "select id, name, scopes, is_enabled, created_at, updated_at, revision from service_accounts";

/// Finds one account.
pub async fn find(tx: &mut Tx, id: ServiceAccountId) -> sqlx::Result<Option<ServiceAccount>> {
    query!(tx, [SELECT, "where id = :id"], id).optional().await
}

/// Finds an account by name. Upper and lower case count as the same. The command line uses it to mint tokens.
pub async fn find_by_name(tx: &mut Tx, name: &Name) -> sqlx::Result<Option<ServiceAccount>> {
    query!(tx, [SELECT, "where name_folded = :folded"], folded = name.folded()).optional().await
}

/// One page of accounts after `after`, in order of creation.
pub async fn list(
    tx: &mut Tx,
    _permit: &Permit<ManageAccounts, Organisation>,
    after: ServiceAccountId,
    limit: i64,
) -> sqlx::Result<Vec<ServiceAccount>> {
    listed(tx, after, limit).all().await
}

/// Number of accounts on all pages.
pub async fn count(tx: &mut Tx, _permit: &Permit<ManageAccounts, Organisation>) -> sqlx::Result<i64> {
    listed(tx, ServiceAccountId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, after: ServiceAccountId, limit: i64) -> Query<'_> {
    query!(tx, [SELECT, "where id > :after order by id limit :limit"], after, limit)
}

/// Inserts a new account on behalf of an admin.
pub async fn create(
    tx: &mut Tx,
    _permit: &Permit<ManageAccounts, Organisation>,
    account: &ServiceAccount,
) -> Result<(), Problem> {
    insert(tx, account).await
}

/// Inserts a new account without a permit: for the command line, whose user holds the key that signs each token.
pub async fn insert(tx: &mut Tx, account: &ServiceAccount) -> Result<(), Problem> {
    insert!(
        tx,
        "service_accounts",
        account { id, name, scopes, is_enabled, created_at, updated_at },
        name_folded = account.name.folded(),
        revision = 1_i64
    )
    .run()
    .await
    .on_taken("/name", TAKEN)?;
    Ok(())
}

/// Saves a changed account. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, account: &Changed<ServiceAccount>) -> Result<(), Problem> {
    saved(
        save!(
            tx,
            "update service_accounts set revision = revision + 1,
             signed_out_at = case when is_enabled and not :is_enabled then :updated_at else signed_out_at end",
            account { name, scopes, is_enabled, updated_at },
            name_folded = account.name.folded()
        )
        .run()
        .await
        .on_taken("/name", TAKEN)?,
    )
}
