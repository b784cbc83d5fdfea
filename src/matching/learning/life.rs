//! Promoting a version and rolling it back. Admins decide which version is used.

use actix_web::post;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::read;
use super::model::MatchModel;
use super::store;
use super::views::MatchModelView;
use crate::db::Tx;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
use crate::ids::PersonId;
use crate::matching::weighting::basis::ModelVersion;
use crate::policy::acts::{PromoteMatchModel, RollBackMatchModel};
use crate::policy::{ByPerson, Permit, Shown, Takes, Viewer, permit};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(promote_match_model).service(roll_back_match_model);
}

/// Promote a match model
///
/// The version in the shadow computes all scores from the next request on. Only admins may do this. A version must have
/// been in the shadow for a week, whatever the number of compared requests (409 `wrong_state` before that).
///
/// The version that was in use is retired. Rolling back returns to it. Existing suggestions keep their scores. Programs
/// with their own weights keep them.
#[utoipa::path(tag = "suggestions", params(("version" = ModelVersion, Path)), request_body = EmptyBody, responses((status = 200, body = MatchModelView)))]
#[post("/v1/match-models/{version}/promote")]
async fn promote_match_model(
    app: Data<App>,
    viewer: Viewer,
    version: Path<ModelVersion>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<MatchModelView>, Problem> {
    decide::<PromoteMatchModel>(&app, &viewer, *version, &seen, &once, async |tx, permit, by| {
        let model = permit.change(|model| model.promote(by, app.clock.now()))?;
        store::promote(tx, &model).await
    })
    .await
}

/// Roll back a match model
///
/// Returns from the version in use to the version before it, down to `prior-1`. Only admins may do this. It takes
/// effect from the next request on. A version in the shadow is retired too, because it was compared with the version
/// that is rolled back.
#[utoipa::path(tag = "suggestions", params(("version" = ModelVersion, Path)), request_body = EmptyBody, responses((status = 200, body = MatchModelView)))]
#[post("/v1/match-models/{version}/roll-back")]
async fn roll_back_match_model(
    app: Data<App>,
    viewer: Viewer,
    version: Path<ModelVersion>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<MatchModelView>, Problem> {
    decide::<RollBackMatchModel>(&app, &viewer, *version, &seen, &once, async |tx, permit, by| {
        let model = permit.change(|model| model.roll_back(by, app.clock.now()))?;
        store::roll_back(tx, &model).await
    })
    .await
}

/// Runs one decision about a version: loads it, checks the precondition and the permission, and stores the change with
/// the person who made it.
async fn decide<A: ByPerson>(
    app: &App,
    viewer: &Viewer,
    version: ModelVersion,
    seen: &Preconditions,
    once: &IdempotencyKey,
    change: impl AsyncFnOnce(&mut Tx, Permit<A, MatchModel>, PersonId) -> Result<(), Problem>,
) -> Result<Shown<MatchModelView>, Problem>
where
    MatchModel: Takes<A>,
{
    app.once(
        viewer,
        once,
        async |tx| {
            store::find_all_for_update(tx).await?;
            let model = store::find(tx, version).await?.ok_or_else(Problem::not_found)?;
            seen.check(viewer, &model)?;
            let permit = permit::<A, _>(viewer, model)?;
            let by = permit.person();
            change(tx, permit, by).await?;
            Ok(version)
        },
        async |tx, version| read(tx, viewer, version).await,
    )
    .await
}
