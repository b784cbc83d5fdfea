//! Signing out over HTTP.

use actix_web::post;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store;
use crate::http::{App, Done, EmptyBody, IdempotencyKey, Json, Path};
use crate::ids::{PersonId, ServiceAccountId};
use crate::people::account;
use crate::people::organisation::Organisation;
use crate::people::person;
use crate::policy::acts::{EndAccess, EndOwnAccess, ManageAccounts, ReadViewer};
use crate::policy::{Related, Relation, Relations, Subject, Takes, Viewer, permit, readable_as};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(sign_out).service(sign_out_person).service(sign_out_service_account);
}

impl Takes<EndAccess> for Organisation {}

/// All tokens of one person or service account.
#[derive(Clone, Debug)]
struct Tokens(Subject);

impl Related for Tokens {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.subject.uuid() == self.0.uuid())
    }
}

readable_as!(Tokens: ReadViewer, "tokens", id 0);

impl Takes<EndOwnAccess> for Tokens {}

/// Sign out everywhere
///
/// Ends all your tokens on every instance, including the token of this request. Your streams end within a second, and
/// your calendar feed is closed. Tokens that are issued from the next second on are accepted. To end one token only,
/// use `POST /oauth/revoke`.
#[utoipa::path(tag = "identity", request_body = EmptyBody, responses((status = 204, description = "All tokens have ended.")))]
#[post("/v1/me/sign-out")]
async fn sign_out(app: Data<App>, viewer: Viewer, _: Json<EmptyBody>, once: IdempotencyKey) -> Result<Done, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            let own = permit::<EndOwnAccess, _>(&viewer, Tokens(viewer.subject.clone()))?;
            store::sign_out(tx, &own.0, app.clock.now()).await?;
            Ok(viewer.subject.uuid())
        },
        async |_, _| Ok(Done),
    )
    .await
}

/// Sign a person out everywhere
///
/// Ends all tokens of the person on every instance. Their streams end within a second, and their calendar feed is
/// closed. Only admins may do this. The person can sign in again. To prevent that, mark the person as departed, or
/// disable their account at the identity provider.
#[utoipa::path(tag = "identity", params(("id" = PersonId, Path)), request_body = EmptyBody, responses((status = 204, description = "All tokens have ended.")))]
#[post("/v1/people/{id}/sign-out")]
async fn sign_out_person(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    _: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Done, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            person::store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
            permit::<EndAccess, _>(&viewer, Organisation)?;
            store::sign_out(tx, &Subject::Person(*id), app.clock.now()).await?;
            Ok(*id)
        },
        async |_, _| Ok(Done),
    )
    .await
}

/// Sign a service account out everywhere
///
/// Ends all tokens of the account on every instance. Only admins may do this. The account stays enabled: tokens that
/// are issued later are accepted.
#[utoipa::path(tag = "identity", params(("id" = ServiceAccountId, Path)), request_body = EmptyBody, responses((status = 204, description = "All tokens have ended.")))]
#[post("/v1/service-accounts/{id}/sign-out")]
async fn sign_out_service_account(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ServiceAccountId>,
    _: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Done, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            let account = account::store::find(tx, *id).await?.ok_or_else(Problem::not_found)?;
            permit::<ManageAccounts, _>(&viewer, account)?;
            store::sign_out(tx, &Subject::Service(*id, Vec::new()), app.clock.now()).await?;
            Ok(*id)
        },
        async |_, _| Ok(Done),
    )
    .await
}
