//! Service accounts over HTTP.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::ServiceAccount;
use super::store;
use crate::http::{App, Change, Count, Cursor, Json, Limit, Once, Page, Path, Query, Seen, merge_patch, page};
use crate::ids::ServiceAccountId;
use crate::people::organisation::Organisation;
use crate::policy::acts::ManageAccounts;
use crate::policy::{Clearance, Permit, Scope, Shown, Viewed, Viewer, may_list, permit, show, view};
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
    /// Another system that may ask. Only admins see these records.
    ServiceAccountView {
        /// Names the account.
        public id: ServiceAccountId,
        /// What it is called; no other account is.
        public name: Name,
        /// The most that its tokens may do.
        #[schema(max_items = 10)]
        public scopes: Vec<Scope>,
        /// Whether its tokens are accepted.
        public is_enabled: bool,
        /// When the record was made.
        public created_at: DateTime<Utc>,
        /// When it changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Viewed for ServiceAccount {
    type View = ServiceAccountView;

    fn view(self, clearance: &Clearance) -> ServiceAccountView {
        ServiceAccountView {
            id: self.id,
            name: self.name,
            scopes: self.scopes.0,
            is_enabled: self.is_enabled,
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<ServiceAccountView>(),
        }
    }
}

/// Leave to manage accounts. No service has it, whatever its scopes.
fn administer(viewer: &Viewer) -> Result<Permit<ManageAccounts, Organisation>, Problem> {
    may_list::<ManageAccounts>(viewer)?;
    permit(viewer, Organisation)
}

/// Where in the list to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListServiceAccounts {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<ServiceAccountId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists service accounts, in the order they were made.
///
/// For admins alone; everybody else is refused.
#[utoipa::path(tag = "service accounts", params(ListServiceAccounts), responses((status = 200, body = Page<ServiceAccountView>)))]
#[get("/v1/service-accounts")]
async fn list_service_accounts(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListServiceAccounts>,
) -> Result<Page<ServiceAccountView>, Problem> {
    let leave = administer(&viewer)?;
    let after = query.cursor.map_or(ServiceAccountId::first(), |cursor| cursor.0);
    let mut tx = app.look().await?;
    let accounts = store::list(&mut tx, &leave, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &leave)).await?;
    page(&viewer, query.limit, accounts, total, |account| account.id)
}

/// A new service account.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "HRIS import", "scopes": ["people:read", "people:write"]})))]
pub struct CreateServiceAccount {
    /// What it is called; no other account may be, in upper or lower case.
    name: Name,
    /// The most that its tokens may do.
    #[schema(min_items = 1, max_items = 10)]
    scopes: Vec<Scope>,
}

/// Adds a service account.
///
/// For admins alone. The token is not part of the answer and never passes over HTTP: whoever runs
/// the service mints it on the command line, with all of the account's scopes or some of them.
#[utoipa::path(tag = "service accounts", request_body = CreateServiceAccount, responses((status = 201, body = ServiceAccountView)))]
#[post("/v1/service-accounts")]
async fn create_service_account(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateServiceAccount>,
    once: Once,
) -> Result<Shown<ServiceAccountView>, Problem> {
    let CreateServiceAccount { name, scopes } = input.into_inner();
    let leave = administer(&viewer)?;
    let id = app
        .once(&viewer, &once, async |tx| {
            let account = ServiceAccount::new(ServiceAccountId::new(&app.clock), name, scopes, app.clock.now())?;
            store::create(tx, &leave, &account).await?;
            Ok(account.id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/service-accounts/{id}")))
}

/// Reads a service account.
///
/// For admins alone; to everybody else it does not exist.
#[utoipa::path(tag = "service accounts", params(("id" = ServiceAccountId, Path)), responses((status = 200, body = ServiceAccountView)))]
#[get("/v1/service-accounts/{id}")]
async fn read_service_account(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ServiceAccountId>,
) -> Result<Shown<ServiceAccountView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a service account.
    #[schema(examples(json!({"scopes": ["people:read"], "is_enabled": true})))]
    ChangeServiceAccountInput {
        /// What it is called; no other account may be, in upper or lower case.
        name: Name,
        /// The most that its tokens may do, in place of the scopes it has.
        #[schema(min_items = 1, max_items = 10)]
        scopes: Vec<Scope>,
        /// Whether its tokens are accepted. `false` ends all tokens it has, for good.
        is_enabled: bool,
    }
}

/// Changes a service account: name, scopes, whether it may ask.
///
/// For admins alone. It takes effect with the next request, also for tokens that were minted
/// before: they lose scopes that the account loses. Disabling it ends all its tokens for good; enabled again, it needs new
/// ones.
#[utoipa::path(tag = "service accounts", params(("id" = ServiceAccountId, Path)), request_body = ChangeServiceAccountInput, responses((status = 200, body = ServiceAccountView)))]
#[patch("/v1/service-accounts/{id}")]
async fn change_service_account(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ServiceAccountId>,
    seen: Seen,
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

async fn read_again(app: &App, viewer: &Viewer, id: ServiceAccountId) -> Result<Shown<ServiceAccountView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
