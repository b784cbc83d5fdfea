//! Service accounts over HTTP.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::ServiceAccount;
use super::store;
use crate::db::Tx;
use crate::http::{App, Change, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page};
use crate::ids::ServiceAccountId;
use crate::people::organisation::Organisation;
use crate::policy::acts::ManageAccounts;
use crate::policy::{Permit, Scope, Shown, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_service_accounts)
        .service(create_service_account)
        .service(read_service_account)
        .service(change_service_account);
}

view! {
    /// A service account: another system that uses the API. Only admins see it.
    ServiceAccountView of account: ServiceAccount, clearance {
        /// Id of the service account.
        public id: ServiceAccountId,
        /// Name of the service account. No other account has the same name. Upper and lower case count as the same.
        public name: Name,
        /// Scopes that the tokens of the account may have at most.
        #[schema(max_items = 10)]
        public scopes: Vec<Scope> = account.scopes.0,
        /// `true`: the tokens of the account are accepted. `false`: they are refused.
        public is_enabled: bool,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

/// Permission to manage service accounts. A service account never gets it, whatever its scopes.
fn permit_manage(viewer: &Viewer) -> Result<Permit<ManageAccounts, Organisation>, Problem> {
    may_list::<ManageAccounts>(viewer)?;
    permit(viewer, Organisation)
}

list_query! {
    /// Paging of the list of service accounts.
    ListServiceAccounts from ServiceAccountId {}
}

/// List service accounts
///
/// Sorted by time of creation, oldest first. Only admins may do this; everyone else gets 403.
#[utoipa::path(tag = "service accounts", params(ListServiceAccounts), responses((status = 200, body = Page<ServiceAccountView>)))]
#[get("/v1/service-accounts")]
async fn list_service_accounts(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListServiceAccounts>,
) -> Result<Page<ServiceAccountView>, Problem> {
    let permitted = permit_manage(&viewer)?;
    let after = query.cursor.map_or(ServiceAccountId::first(), |cursor| cursor.0);
    let mut tx = app.read_one().await?;
    let accounts = store::list(&mut tx, &permitted, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &permitted)).await?;
    page(&viewer, query.limit, accounts, total, |account| account.id)
}

/// A new service account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "HRIS import", "scopes": ["people:read", "people:write"]})))]
pub struct CreateServiceAccount {
    /// Name of the service account. No other account may have the same name. Upper and lower case count as the same.
    name: Name,
    /// Scopes that the tokens of the account may have at most.
    #[schema(min_items = 1, max_items = 10)]
    scopes: Vec<Scope>,
}

/// Create a service account
///
/// Only admins may do this. The answer has no token: tokens never pass over HTTP. The operator mints them on the
/// command line, with all or some scopes of the account.
#[utoipa::path(tag = "service accounts", request_body = CreateServiceAccount, responses((status = 201, body = ServiceAccountView)))]
#[post("/v1/service-accounts")]
async fn create_service_account(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateServiceAccount>,
    once: IdempotencyKey,
) -> Result<Shown<ServiceAccountView>, Problem> {
    let CreateServiceAccount { name, scopes } = input.into_inner();
    let permitted = permit_manage(&viewer)?;
    app.once(
        &viewer,
        &once,
        async |tx| {
            let account = ServiceAccount::new(ServiceAccountId::new(&app.clock), name, scopes, app.clock.now())?;
            store::create(tx, &permitted, &account).await?;
            Ok(account.id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/service-accounts/{id}"))),
    )
    .await
}

/// Read a service account
///
/// Only admins may do this. For everyone else the answer is 404.
#[utoipa::path(tag = "service accounts", params(("id" = ServiceAccountId, Path)), responses((status = 200, body = ServiceAccountView)))]
#[get("/v1/service-accounts/{id}")]
async fn read_service_account(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ServiceAccountId>,
) -> Result<Shown<ServiceAccountView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a service account. Fields that are left out stay as they are.
    #[schema(examples(json!({"scopes": ["people:read"], "is_enabled": true})))]
    ChangeServiceAccountInput {
        /// Name of the service account. No other account may have the same name. Upper and lower case count as the
        /// same.
        name: Name,
        /// Scopes that the tokens of the account may have at most. They replace the previous scopes.
        #[schema(min_items = 1, max_items = 10)]
        scopes: Vec<Scope>,
        /// `false`: all existing tokens of the account become invalid for good. `true`: new tokens are accepted.
        is_enabled: bool,
    }
}

/// Change a service account
///
/// Only admins may do this. The change takes effect with the next request, also for existing tokens.
///
/// - If the account loses a scope, its tokens lose it too.
/// - If the account is disabled, all its tokens become invalid for good. After it is enabled again, it needs new
///   tokens.
#[utoipa::path(tag = "service accounts", params(("id" = ServiceAccountId, Path)), request_body = ChangeServiceAccountInput, responses((status = 200, body = ServiceAccountView)))]
#[patch("/v1/service-accounts/{id}")]
async fn change_service_account(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ServiceAccountId>,
    seen: Preconditions,
    input: Json<ChangeServiceAccountInput>,
) -> Result<Shown<ServiceAccountView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let account = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &account)?;
    let account = permit::<ManageAccounts, _>(&viewer, account)?;
    if input.is_empty() {
        return show(&viewer, account.unchanged());
    }
    let account = account.change(|account| {
        let before = account.clone();
        input.name.apply(&mut account.name);
        input.is_enabled.apply(&mut account.is_enabled);
        if let Change::Set(scopes) = input.scopes {
            account.limit_to(scopes)?;
        }
        if *account != before {
            account.updated_at = app.clock.now();
        }
        Ok(())
    })?;
    store::save(&mut tx, &account).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: ServiceAccountId) -> Result<Shown<ServiceAccountView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
