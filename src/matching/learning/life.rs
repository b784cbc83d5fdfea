//! Which version is used: people decide.

use actix_web::post;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::read_again;
use super::model::MatchModel;
use super::store;
use super::views::MatchModelView;
use crate::db::Tx;
use crate::http::{App, Json, Nothing, Once, Path, Seen};
use crate::ids::PersonId;
use crate::matching::weighting::basis::ModelVersion;
use crate::policy::acts::{PromoteMatchModel, RollBackMatchModel};
use crate::policy::{Act, Permit, Shown, Takes, Viewer, permit};
use crate::problem::{Code, Problem};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(promote_match_model).service(roll_back_match_model);
}

/// Lets a version in the shadow make the scores from the next request on.
///
/// For admins. A version stays in the shadow for a week, on however many requests it was compared; before that the answer
/// is 409. The version in use until now is retired, and rolling back returns to it. Suggestions that are there keep their
/// scores, and programs with weights of their own keep these.
#[utoipa::path(tag = "suggestions", params(("version" = ModelVersion, Path)), request_body = Nothing, responses((status = 200, body = MatchModelView)))]
#[post("/v1/match-models/{version}/promote")]
async fn promote_match_model(
    app: Data<App>,
    viewer: Viewer,
    version: Path<ModelVersion>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<MatchModelView>, Problem> {
    decide::<PromoteMatchModel>(&app, &viewer, *version, &seen, &once, async |tx, permit, by| {
        let model = permit.change(|model| model.promote(by, app.clock.now()))?;
        store::promote(tx, &model).await
    })
    .await
}

/// Returns from the version in use to the one before it, down to `prior-1`.
///
/// For admins. It holds from the next request on; what is in the shadow was learnt against the version that goes, and is
/// retired with it.
#[utoipa::path(tag = "suggestions", params(("version" = ModelVersion, Path)), request_body = Nothing, responses((status = 200, body = MatchModelView)))]
#[post("/v1/match-models/{version}/roll-back")]
async fn roll_back_match_model(
    app: Data<App>,
    viewer: Viewer,
    version: Path<ModelVersion>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<MatchModelView>, Problem> {
    decide::<RollBackMatchModel>(&app, &viewer, *version, &seen, &once, async |tx, permit, by| {
        let model = permit.change(|model| model.roll_back(by, app.clock.now()))?;
        store::roll_back(tx, &model).await
    })
    .await
}

/// One decision: the version as it is now, who may, and who does, since they are named with it.
async fn decide<A: Act>(
    app: &App,
    viewer: &Viewer,
    version: ModelVersion,
    seen: &Seen,
    once: &Once,
    step: impl AsyncFnOnce(&mut Tx, Permit<A, MatchModel>, PersonId) -> Result<(), Problem>,
) -> Result<Shown<MatchModelView>, Problem>
where
    MatchModel: Takes<A>,
{
    app.once(viewer, once, async |tx| {
        store::hold_all(tx).await?;
        let model = store::find(tx, version).await?.ok_or_else(Problem::not_found)?;
        seen.check(viewer, &model)?;
        let permit = permit::<A, _>(viewer, model)?;
        let somebody = || Problem::new(Code::NotAllowed, "A person decides which version is used.");
        step(tx, permit, viewer.person().ok_or_else(somebody)?).await?;
        Ok(version)
    })
    .await?;
    read_again(app, viewer, version).await
}
