//! Match models over HTTP: list and read versions, and learn a new one.

use actix_web::web::Data;
use actix_web::{get, post};
use utoipa_actix_web::service_config::ServiceConfig;

use super::job::SEED;
use super::model::may_read;
use super::store;
use super::views::MatchModelView;
use crate::db::Tx;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Page, Path, Query, list_query, page};
use crate::matching::weighting::basis::ModelVersion;
use crate::people::organisation::Organisation;
use crate::policy::acts::{LearnMatchModel, ReadMatchModel};
use crate::policy::{Shown, Viewer, may_list, permit, show};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_match_models).service(learn_match_model).service(read_match_model);
}

list_query! {
    /// Query parameters of the list.
    ListMatchModels from ModelVersion {}
}

/// List match models
///
/// A match model is a version of the factor weights that make a score. The oldest version comes first. Admins and
/// coordinators of a program see all versions. Other people get an empty list.
#[utoipa::path(tag = "suggestions", params(ListMatchModels), responses((status = 200, body = Page<MatchModelView>)))]
#[get("/v1/match-models")]
async fn list_match_models(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListMatchModels>,
) -> Result<Page<MatchModelView>, Problem> {
    may_list::<ReadMatchModel>(&viewer)?;
    if !may_read(&viewer) {
        return Ok(Page::empty(query.count));
    }
    let after = query.cursor.map_or(ModelVersion::before_all(), |cursor| cursor.0);
    let mut tx = app.read_one().await?;
    let models = store::list(&mut tx, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx)).await?;
    page(&viewer, query.limit, models, total, |model| model.version)
}

/// Read a match model
///
/// The answer says what the version changes and why, which data it is based on, how well it predicts, and who promoted
/// it. Admins and coordinators of a program may read it.
///
/// All figures are sums over pairs; none is about a single pair or person. Counts are rounded down to whole tens and
/// withheld below 20. The comparison in the shadow is updated after every 20 requests.
#[utoipa::path(tag = "suggestions", params(("version" = ModelVersion, Path)), responses((status = 200, body = MatchModelView)))]
#[get("/v1/match-models/{version}")]
async fn read_match_model(
    app: Data<App>,
    viewer: Viewer,
    version: Path<ModelVersion>,
) -> Result<Shown<MatchModelView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *version).await
}

/// Learn a match model
///
/// Starts to learn new weights from the outcomes of pairs. Only admins may do this. Weights never change by themselves.
/// The answer is a version with the status `learning`. Read it again after some seconds. It then is one of:
///
/// - `shadow`: the version predicts clearly better than the version in use. For a week the service only compares the
///   two. After that an admin may promote it.
/// - `kept`: the new weights are not used, and `headline` says why. For example, the service needs at least 100
///   outcomes, with 20 good ones and 20 bad ones.
/// - `failed`: learning failed. The log of the service says why.
///
/// One version is learnt at a time (409 `wrong_state`). After that, 20 new outcomes are needed before the service
/// learns again. Otherwise the difference between two versions could reveal how one pair ended.
///
/// The service learns from the features of each proposal at the time of the proposal, and from how the pair ended or
/// how the suggestion was answered. Personal fit counts only while both people consent to its use, and only if at least
/// 20 such pairs have an outcome.
#[utoipa::path(tag = "suggestions", request_body = EmptyBody, responses((status = 201, body = MatchModelView)))]
#[post("/v1/match-models")]
async fn learn_match_model(
    app: Data<App>,
    viewer: Viewer,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<MatchModelView>, Problem> {
    may_list::<LearnMatchModel>(&viewer)?;
    app.once(
        &viewer,
        &once,
        async |tx| {
            let leave = permit::<LearnMatchModel, _>(&viewer, Organisation)?;
            store::find_all_for_update(tx).await?;
            store::insert(tx, &leave, SEED, app.clock.now()).await
        },
        async |tx, version| Ok(read(tx, &viewer, version).await?.created(format!("/v1/match-models/{version}"))),
    )
    .await
}

pub(super) async fn read(
    tx: &mut Tx,
    viewer: &Viewer,
    version: ModelVersion,
) -> Result<Shown<MatchModelView>, Problem> {
    show(viewer, store::find(tx, version).await?.ok_or_else(Problem::not_found)?)
}
