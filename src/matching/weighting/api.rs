//! Weights over HTTP.

use actix_web::web::Data;
use actix_web::{get, put};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{FactorWeights, ProgramWeights};
use super::store;
use crate::http::{App, Json, Path, Seen};
use crate::ids::ProgramId;
use crate::outbox::{self, Event};
use crate::policy::acts::ChangeProgram;
use crate::policy::{Clearance, Shown, Viewed, Viewer, permit, show, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_program_weights).service(put_program_weights);
}

view! {
    /// How much each factor of a suggestion counts in a program.
    ProgramWeightsView {
        /// The program.
        public program_id: ProgramId,
        /// How much each factor counts; `null`: as outside all programs, by the match model in use.
        public weights: Option<FactorWeights>,
        /// Whether mentors of the same team and department are preferred to those from elsewhere, as they are not unless told.
        public prefers_near_team: bool,
        /// What suggestions of the program name as their `model_version` from now on.
        #[schema(max_length = 100, examples("prior-1+program-1b0c3d4e-2"))]
        public model_version: String,
        /// When it changed last; `null`: never.
        public updated_at: Option<DateTime<Utc>>,
    }
}

impl Viewed for ProgramWeights {
    type View = ProgramWeightsView;

    fn view(self, clearance: &Clearance) -> ProgramWeightsView {
        ProgramWeightsView {
            program_id: self.program_id,
            weights: self.weights.map(|weights| weights.0),
            prefers_near_team: self.prefers_near_team,
            model_version: self.model_version(),
            updated_at: self.updated_at,
            withheld: clearance.withheld::<ProgramWeightsView>(),
        }
    }
}

/// Reads how much each factor of a suggestion counts in a program.
///
/// Everybody who works here may, and services with `programs:read`. What each factor did count stands in the reasons of a
/// suggestion as its `weight`.
#[utoipa::path(tag = "suggestions", params(("id" = ProgramId, Path)), responses((status = 200, body = ProgramWeightsView)))]
#[get("/v1/programs/{id}/weights")]
async fn read_program_weights(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
) -> Result<Shown<ProgramWeightsView>, Problem> {
    let mut tx = app.look().await?;
    show(&viewer, store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?)
}

/// How much each factor is to count.
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
    /// Each factor, from 0 to 10 000 and together 10 000; `null`: as outside all programs.
    weights: Option<FactorWeights>,
    /// Mentors of the same team and department are preferred to those from elsewhere; `false` unless told.
    #[serde(default)]
    prefers_near_team: bool,
}

/// Says how much each factor of a suggestion counts in a program.
///
/// The leads of the program may. It takes the place of both that were told before: what is absent is `null` or `false`. It holds for suggestions asked for from now on; those that are there keep their scores
/// and their `model_version`.
#[utoipa::path(tag = "suggestions", params(("id" = ProgramId, Path)), request_body = PutWeights, responses((status = 200, body = ProgramWeightsView)))]
#[put("/v1/programs/{id}/weights")]
async fn put_program_weights(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    seen: Seen,
    input: Json<PutWeights>,
) -> Result<Shown<ProgramWeightsView>, Problem> {
    let PutWeights { weights, prefers_near_team } = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
    let before = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &before)?;
    let permitted = permit::<ChangeProgram, _>(&viewer, before)?;
    if permitted.says(weights, prefers_near_team) {
        return show(&viewer, permitted.unchanged());
    }
    let told = permitted.change(|told| told.weigh(weights, prefers_near_team, app.clock.now()))?;
    store::save(&mut tx, &told).await?;
    outbox::add(&mut tx, &app.clock, Event::ProgramChanged(*id), None).await?;
    let told = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    tx.commit().await?;
    show(&viewer, told)
}
