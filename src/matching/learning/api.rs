//! Versions over HTTP: learning one, and reading them.

use actix_web::web::Data;
use actix_web::{get, post};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::job::SEED;
use super::life;
use super::model::may_look;
use super::store;
use super::views::MatchModelView;
use crate::http::{App, Count, Cursor, Json, Limit, Nothing, Once, Page, Path, Query, page};
use crate::matching::weighting::basis::ModelVersion;
use crate::people::organisation::Organisation;
use crate::policy::acts::{LearnMatchModel, ReadMatchModel};
use crate::policy::{Shown, Viewer, may_list, permit, show};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_match_models).service(learn_match_model).service(read_match_model).configure(life::routes);
}

/// Where in the list to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListMatchModels {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<ModelVersion>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists the versions of what makes a score, in the order they were learnt.
///
/// Admins and those who coordinate a program see them; for everybody else the list is empty.
#[utoipa::path(tag = "suggestions", params(ListMatchModels), responses((status = 200, body = Page<MatchModelView>)))]
#[get("/v1/match-models")]
async fn list_match_models(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListMatchModels>,
) -> Result<Page<MatchModelView>, Problem> {
    may_list::<ReadMatchModel>(&viewer)?;
    if !may_look(&viewer) {
        return Ok(Page::empty(query.count));
    }
    let after = query.cursor.map_or(ModelVersion::before_all(), |cursor| cursor.0);
    let mut tx = app.look().await?;
    let models = store::list(&mut tx, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx)).await?;
    page(&viewer, query.limit, models, total, |model| model.version)
}

/// Reads a version: what it changes and why, what it rests on, how well it foretells, who let it be used.
///
/// Everything in it is a sum over pairs. Counts come in whole tens and not at all below 20, and what was compared in the
/// shadow is told of 20 requests at a time.
#[utoipa::path(tag = "suggestions", params(("version" = ModelVersion, Path)), responses((status = 200, body = MatchModelView)))]
#[get("/v1/match-models/{version}")]
async fn read_match_model(
    app: Data<App>,
    viewer: Viewer,
    version: Path<ModelVersion>,
) -> Result<Shown<MatchModelView>, Problem> {
    read_again(&app, &viewer, *version).await
}

/// Learns from how pairs went.
///
/// For admins, and only when one of them asks: weights never change by themselves. The answer is a version that is
/// `learning`; read it again after some seconds. It becomes `kept` where what was learnt does not deserve to be used, and
/// `headline` says why: below 100 outcomes, 20 of them good and 20 bad, nothing is learnt. It becomes `shadow` where it
/// foretells how pairs go clearly better than the version in use: then it is asked along for a week, and then an admin may
/// promote it. One version is learnt at a time, and the next one once 20 outcomes were added: nobody shall see from the
/// difference of two versions how one pair went.
///
/// Learnt from are the features of each proposal as they were when it was made, with how its pair ended or how the
/// suggestion was answered. How alike two people like to work counts only while both agree to its use, and only where at
/// least 20 such pairs have an outcome.
#[utoipa::path(tag = "suggestions", request_body = Nothing, responses((status = 201, body = MatchModelView)))]
#[post("/v1/match-models")]
async fn learn_match_model(
    app: Data<App>,
    viewer: Viewer,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<MatchModelView>, Problem> {
    may_list::<LearnMatchModel>(&viewer)?;
    let version = app
        .once(&viewer, &once, async |tx| {
            let leave = permit::<LearnMatchModel, _>(&viewer, Organisation)?;
            store::hold_all(tx).await?;
            store::insert(tx, &leave, SEED, app.clock.now()).await
        })
        .await?;
    Ok(read_again(&app, &viewer, version).await?.created(format!("/v1/match-models/{version}")))
}

pub(super) async fn read_again(
    app: &App,
    viewer: &Viewer,
    version: ModelVersion,
) -> Result<Shown<MatchModelView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, version).await?.ok_or_else(Problem::not_found)?)
}
