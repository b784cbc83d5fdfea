//! The SQL of service accounts.

use super::model::ServiceAccount;
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::ServiceAccountId;
use crate::people::organisation::Organisation;
use crate::policy::acts::ManageAccounts;
use crate::policy::{Changed, Permit};
use crate::problem::{OnClash as _, Problem};
use crate::text::Name;

const TAKEN: &str = "Another service account has this name. Choose another name.";

macro_rules! select_account {
    ($rest:literal) => {
        concat!("select id, name, scopes, is_enabled, created_at, updated_at, revision from service_accounts ", $rest)
    };
}

/// Finds one account.
pub async fn find(tx: &mut Tx, id: ServiceAccountId) -> sqlx::Result<Option<ServiceAccount>> {
    tx.query(select_account!("where id = $1")).bind(id).optional().await
}

/// Finds an account by name. Upper and lower case count as the same. The command line uses it to mint tokens.
pub async fn find_by_name(tx: &mut Tx, name: &Name) -> sqlx::Result<Option<ServiceAccount>> {
    tx.query(select_account!("where name_folded = $1")).bind(name.folded()).optional().await
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
    tx.query(select_account!("where id > $1 order by id limit $2")).bind(after).bind(limit)
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
    tx.query(
        "insert into service_accounts (id, name, name_folded, scopes, is_enabled, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, 1)",
    )
    .bind(account.id)
    .bind(&account.name)
    .bind(account.name.folded())
    .bind(&account.scopes)
    .bind(account.is_enabled)
    .bind(account.created_at)
    .bind(account.updated_at)
    .run()
    .await
    .on_taken("/name", TAKEN)?;
    Ok(())
}

/// Saves a changed account. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, account: &Changed<ServiceAccount>) -> Result<(), Problem> {
    let touched = tx
        .query(
            "update service_accounts set name = $3, name_folded = $4, scopes = $5, is_enabled = $6, updated_at = $7,
                revision = revision + 1,
                signed_out_at = case when is_enabled and not $6 then $7 else signed_out_at end
             where id = $1 and revision = $2",
        )
        .bind(account.id)
        .bind(account.revision)
        .bind(&account.name)
        .bind(account.name.folded())
        .bind(&account.scopes)
        .bind(account.is_enabled)
        .bind(account.updated_at)
        .run()
        .await
        .on_taken("/name", TAKEN)?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}
