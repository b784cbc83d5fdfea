//! The status changes of a goal over HTTP: activate, then achieve, miss or abandon.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::read;
use super::model::{Goal, GoalStatus};
use super::views::GoalView;
use super::{store, whole};
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
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

/// Activate a goal
///
/// Changes the status of a draft to `active`. The mentor and the mentee of the pair may do this. An active goal needs a
/// target date, and a `measurable` text or a key result. If one is missing, the answer is 422 and `errors` lists the
/// fields.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = EmptyBody, responses((status = 200, body = GoalView)))]
#[post("/v1/goals/{id}/activate")]
async fn activate_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<GoalView>, Problem> {
    change_status(&app, &viewer, *id, (&seen, &once), Event::GoalActivated(*id), Goal::activate).await
}

/// The outcome of a goal. Visible to the mentor, the mentee, the mentee's manager, and the leads of the program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "result": "Ran the review; 9 of 10 found it useful",
    "outcome_summary": "She is ready to lead reviews on her own.",
})))]
pub struct CloseGoal {
    /// What was reached, or why the goal is closed, in one line. Absent: no result is stored.
    result: Option<Sentence>,
    /// Longer text about the outcome, for development planning. `result` is its one-line headline. Absent: no summary
    /// is stored.
    outcome_summary: Option<Text>,
}

/// Close a goal as achieved
///
/// Closes an active goal with the status `achieved`. The mentor and the mentee of the pair may do this. The status is
/// public; `result` and `outcome_summary` are not. A closed goal can still be celebrated, but no longer changed.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CloseGoal, responses((status = 200, body = GoalView)))]
#[post("/v1/goals/{id}/achieve")]
async fn achieve_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Preconditions,
    input: Json<CloseGoal>,
    once: IdempotencyKey,
) -> Result<Shown<GoalView>, Problem> {
    close(&app, &viewer, *id, (&seen, &once), input.into_inner(), GoalStatus::Achieved).await
}

/// Close a goal as missed
///
/// Closes an active goal with the status `missed`. The mentor and the mentee of the pair may do this. The status is
/// public; `result` and `outcome_summary` are not.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CloseGoal, responses((status = 200, body = GoalView)))]
#[post("/v1/goals/{id}/miss")]
async fn miss_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Preconditions,
    input: Json<CloseGoal>,
    once: IdempotencyKey,
) -> Result<Shown<GoalView>, Problem> {
    close(&app, &viewer, *id, (&seen, &once), input.into_inner(), GoalStatus::Missed).await
}

/// Abandon a goal
///
/// Closes a draft or an active goal with the status `abandoned`. The mentor and the mentee of the pair may do this. The
/// status is public; `result` and `outcome_summary` are not.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CloseGoal, responses((status = 200, body = GoalView)))]
#[post("/v1/goals/{id}/abandon")]
async fn abandon_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Preconditions,
    input: Json<CloseGoal>,
    once: IdempotencyKey,
) -> Result<Shown<GoalView>, Problem> {
    close(&app, &viewer, *id, (&seen, &once), input.into_inner(), GoalStatus::Abandoned).await
}

async fn close(
    app: &App,
    viewer: &Viewer,
    id: GoalId,
    conditions: (&Preconditions, &IdempotencyKey),
    input: CloseGoal,
    status: GoalStatus,
) -> Result<Shown<GoalView>, Problem> {
    let outcome = (input.result, input.outcome_summary);
    let rules = |goal: &mut Goal, now| goal.close(status, outcome, now);
    change_status(app, viewer, id, conditions, Event::GoalClosed(id), rules).await
}

/// Changes the status by `rules` and writes the goal and its event in one transaction.
async fn change_status(
    app: &App,
    viewer: &Viewer,
    id: GoalId,
    (seen, once): (&Preconditions, &IdempotencyKey),
    event: Event,
    rules: impl FnOnce(&mut Goal, DateTime<Utc>) -> Result<(), Problem>,
) -> Result<Shown<GoalView>, Problem> {
    app.once(
        viewer,
        once,
        async |tx| {
            store::find_pair_for_update(tx, id).await?;
            let whole = whole::find(tx, viewer, id, app.clock.today()).await?.ok_or_else(Problem::not_found)?;
            seen.check(viewer, &whole)?;
            let goal = permit::<ChangeGoal, _>(viewer, whole.goal)?.change(|goal| rules(goal, app.clock.now()))?;
            store::save(tx, &goal).await?;
            outbox::add(tx, &app.clock, event, Some(goal.pair_id)).await?;
            Ok(id)
        },
        async |tx, _| read(tx, viewer, id, app.clock.today()).await,
    )
    .await
}
