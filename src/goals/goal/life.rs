//! The life of a goal over HTTP: activated, then achieved, missed or abandoned.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::read_again;
use super::model::{Goal, GoalStatus};
use super::views::GoalView;
use super::{store, whole};
use crate::http::{App, Json, Nothing, Once, Path, Seen};
use crate::ids::GoalId;
use crate::outbox::{self, Event};
use crate::policy::acts::ChangeGoal;
use crate::policy::{Shown, Viewer, permit};
use crate::problem::Problem;
use crate::text::{Sentence, Text};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(activate_goal).service(achieve_goal).service(miss_goal).service(abandon_goal);
}

/// Begins to work towards a draft.
///
/// It needs a target day, and a measure: the text `measurable` or a key result. `errors` points
/// at what is missing.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = Nothing, responses((status = 200, body = GoalView)))]
#[post("/v1/goals/{id}/activate")]
async fn activate_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<GoalView>, Problem> {
    live_on(&app, &viewer, *id, (&seen, &once), Event::GoalActivated(*id), Goal::activate).await
}

/// What came of a goal: for the two, the mentee's manager and the leads.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "result": "Ran the review; 9 of 10 found it useful",
    "outcome_summary": "She is ready to lead reviews on her own.",
})))]
pub struct CloseGoal {
    /// The result, or the reason, in one line.
    result: Option<Sentence>,
    /// What came of it, for development planning.
    outcome_summary: Option<Text>,
}

/// Closes an active goal as achieved.
///
/// That it was achieved is public; `result` and `outcome_summary` are not. Celebrate it besides.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CloseGoal, responses((status = 200, body = GoalView)))]
#[post("/v1/goals/{id}/achieve")]
async fn achieve_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Seen,
    input: Json<CloseGoal>,
    once: Once,
) -> Result<Shown<GoalView>, Problem> {
    close(&app, &viewer, *id, (&seen, &once), input.into_inner(), GoalStatus::Achieved).await
}

/// Closes an active goal as missed.
///
/// That it was missed is public; `result` and `outcome_summary` are not.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CloseGoal, responses((status = 200, body = GoalView)))]
#[post("/v1/goals/{id}/miss")]
async fn miss_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Seen,
    input: Json<CloseGoal>,
    once: Once,
) -> Result<Shown<GoalView>, Problem> {
    close(&app, &viewer, *id, (&seen, &once), input.into_inner(), GoalStatus::Missed).await
}

/// Gives up a draft or an active goal.
///
/// That it was abandoned is public; `result` and `outcome_summary` are not.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CloseGoal, responses((status = 200, body = GoalView)))]
#[post("/v1/goals/{id}/abandon")]
async fn abandon_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Seen,
    input: Json<CloseGoal>,
    once: Once,
) -> Result<Shown<GoalView>, Problem> {
    close(&app, &viewer, *id, (&seen, &once), input.into_inner(), GoalStatus::Abandoned).await
}

async fn close(
    app: &App,
    viewer: &Viewer,
    id: GoalId,
    habits: (&Seen, &Once),
    input: CloseGoal,
    status: GoalStatus,
) -> Result<Shown<GoalView>, Problem> {
    let outcome = (input.result, input.outcome_summary);
    let rules = |goal: &mut Goal, now| goal.close(status, outcome, now);
    live_on(app, viewer, id, habits, Event::GoalClosed(id), rules).await
}

/// One step of a goal's life: leave, rules, the record, the event, the answer.
async fn live_on(
    app: &App,
    viewer: &Viewer,
    id: GoalId,
    (seen, once): (&Seen, &Once),
    event: Event,
    rules: impl FnOnce(&mut Goal, DateTime<Utc>) -> Result<(), Problem>,
) -> Result<Shown<GoalView>, Problem> {
    app.once(viewer, once, async |tx| {
        store::hold_pair(tx, id).await?;
        let whole = whole::find(tx, viewer, id, app.clock.today()).await?.ok_or_else(Problem::not_found)?;
        seen.check(viewer, &whole)?;
        let goal = permit::<ChangeGoal, _>(viewer, whole.goal)?.change(|goal| rules(goal, app.clock.now()))?;
        store::save(tx, &goal).await?;
        outbox::add(tx, &app.clock, event, Some(goal.pair_id)).await?;
        Ok(id)
    })
    .await?;
    read_again(app, viewer, id).await
}
