//! HTTP operations that read and replace the weights of a program.

use actix_web::web::Data;
use actix_web::{get, put};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::factor_weights::FactorWeights;
use super::model::ProgramWeights;
use super::store;
use crate::http::{App, Json, Path, Preconditions};
use crate::ids::ProgramId;
use crate::outbox::{self, Event};
use crate::policy::acts::ChangeProgram;
use crate::policy::{Shown, Viewer, permit, show, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_program_weights).service(put_program_weights);
}

view! {
    /// Weights of the factors of a suggestion in a program.
    ProgramWeightsView of weights: ProgramWeights, clearance {
        /// Id of the program.
        public program_id: ProgramId,
        /// Weights of the factors. `null`: the program uses the weights of the match model in use.
        public weights: Option<FactorWeights> = weights.weights.map(|weights| weights.0),
        /// Whether mentors of the same team and department are preferred to other mentors. Default: `false`.
        public prefers_near_team: bool,
        /// `model_version` that new suggestions of the program have.
        #[schema(max_length = 100, examples("prior-1+program-1b0c3d4e-2"))]
        public model_version: String = weights.model_version(),
        /// Time of the last change. `null`: never changed.
        public updated_at: Option<DateTime<Utc>>,
    }
}

/// Read the weights of a program
///
/// Everyone in the organisation may read them, and services with the scope `programs:read`. The reasons of a suggestion
/// have the weights that were used for it, as `weight`.
#[utoipa::path(tag = "suggestions", params(("id" = ProgramId, Path)), responses((status = 200, body = ProgramWeightsView)))]
#[get("/v1/programs/{id}/weights")]
async fn read_program_weights(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
) -> Result<Shown<ProgramWeightsView>, Problem> {
    let mut tx = app.read_one().await?;
    show(&viewer, store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?)
}

/// New weights of a program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "weights": {
        "skill_coverage": 4000, "level_gap": 1000, "aspiration": 1000, "mutual_interest": 1000, "experience_gap": 500,
        "team_distance": 500, "availability": 500, "workload": 500, "format": 0, "personal_fit": 1000
    },
    "prefers_near_team": false
})))]
pub struct PutWeights {
    /// Weights of all factors, each from 0 to 10,000, together 10,000. Absent or `null`: the weights of the match model
    /// in use.
    weights: Option<FactorWeights>,
    /// Whether mentors of the same team and department are preferred to other mentors. Default: `false`.
    #[serde(default)]
    prefers_near_team: bool,
}

/// Replace the weights of a program
///
/// Leads of the program and admins may do this. The request replaces both values: an absent field gets its default. The
/// weights apply to new suggestions and plans. Existing suggestions keep their scores and their `model_version`. 422
/// `invalid_value`: the weights do not add up to 10,000.
#[utoipa::path(tag = "suggestions", params(("id" = ProgramId, Path)), request_body = PutWeights, responses((status = 200, body = ProgramWeightsView)))]
#[put("/v1/programs/{id}/weights")]
async fn put_program_weights(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    seen: Preconditions,
    input: Json<PutWeights>,
) -> Result<Shown<ProgramWeightsView>, Problem> {
    let PutWeights { weights, prefers_near_team } = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    tx.lock((*id).into()).await?;
    let before = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &before)?;
    let permitted = permit::<ChangeProgram, _>(&viewer, before)?;
    if permitted.equals(weights, prefers_near_team) {
        return show(&viewer, permitted.unchanged());
    }
    let changed = permitted.change(|own| own.replace(weights, prefers_near_team, app.clock.now()))?;
    store::save(&mut tx, &changed).await?;
    outbox::add(&mut tx, &app.clock, Event::ProgramChanged(*id), None).await?;
    let after = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, after)
}
