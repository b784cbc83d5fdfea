//! Plan steps over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use sqlx::types::Json as Stored;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{MOST, PlanStep};
use super::store;
use crate::db::Tx;
use crate::goals::goal::model::Goal;
use crate::goals::goal::store as goals;
use crate::http::{App, Change, Done, IdempotencyKey, Json, Path, Preconditions, merge_patch};
use crate::ids::{GoalId, PairId, PlanStepId};
use crate::outbox::{self, Event};
use crate::policy::acts::{ChangeGoal, ReadGoal};
use crate::policy::{Changed, Shown, Viewer, permit, readable, readable_as, show, view};
use crate::problem::Problem;
use crate::text::{Link, Sentence};
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_plan_step).service(read_plan_step).service(change_plan_step).service(delete_plan_step);
}

view! {
    /// A step on the way to a goal. Public, like the goal.
    PlanStepView of step: PlanStep, clearance {
        /// Id of the plan step.
        public id: PlanStepId,
        /// Id of the goal.
        public goal_id: GoalId,
        /// Id of the pair of the goal.
        public pair_id: PairId,
        /// Task of the step.
        public text: Sentence,
        /// Due date. `null`: none.
        public due_on: Option<NaiveDate>,
        /// Links to material that helps. Empty: none.
        #[schema(max_items = 10)]
        public resources: Vec<Link> = step.resources.0,
        /// Whether the step is done.
        public is_done: bool,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(PlanStep: ReadGoal, "plan_steps");

/// A new plan step.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "text": "Sit in on two reviews of another team",
    "due_on": "2026-04-30",
    "resources": ["https://example.com/how-we-review"],
})))]
pub struct CreatePlanStep {
    /// Task of the step.
    text: Sentence,
    /// Due date. Default: none.
    due_on: Option<Day>,
    /// Links to material that helps, at most ten. Default: none.
    #[serde(default)]
    #[schema(max_items = 10)]
    resources: Vec<Link>,
}

/// Add a plan step to a goal
///
/// The mentor and the mentee of the pair may do this. The goal must be a draft or active (409 `wrong_state`). A goal
/// has at most 50 plan steps. Plan steps are public, like the goal.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CreatePlanStep, responses((status = 201, body = PlanStepView)))]
#[post("/v1/goals/{id}/plan-steps")]
async fn create_plan_step(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    input: Json<CreatePlanStep>,
    once: IdempotencyKey,
) -> Result<Shown<PlanStepView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let goal = goals::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let goal = permit::<ChangeGoal, _>(&viewer, goal)?.change(|goal| goal.replan(app.clock.now()))?;
            if store::list(tx, *id).await?.len() >= MOST {
                return Err(Problem::wrong_state(format!("The goal has {MOST} plan steps already. Delete one first.")));
            }
            let step = new(&app, &goal, input)?;
            store::insert(tx, &goal, &step).await?;
            save_goal(&app, tx, &goal).await?;
            Ok(step.id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/plan-steps/{id}"))),
    )
    .await
}

fn new(app: &App, goal: &Goal, input: CreatePlanStep) -> Result<PlanStep, Problem> {
    let now = app.clock.now();
    let step = PlanStep {
        id: PlanStepId::new(&app.clock),
        goal_id: goal.id,
        pair_id: goal.pair_id,
        standing: goal.standing,
        text: input.text,
        due_on: input.due_on.map(NaiveDate::from),
        resources: Stored(input.resources),
        is_done: false,
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    step.check()?;
    Ok(step)
}

/// Read a plan step
///
/// Everyone in the organisation may read it, like the goal. A service needs the scope `pairs:read`. `GET
/// /v1/goals/{id}` also has the plan steps of the goal.
#[utoipa::path(tag = "goals", params(("id" = PlanStepId, Path)), responses((status = 200, body = PlanStepView)))]
#[get("/v1/plan-steps/{id}")]
async fn read_plan_step(app: Data<App>, viewer: Viewer, id: Path<PlanStepId>) -> Result<Shown<PlanStepView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a plan step. Fields that are left out stay as they are.
    #[schema(examples(json!({"due_on": "2026-05-15", "is_done": false})))]
    ChangePlanStepInput {
        /// Task of the step.
        text: Sentence,
        /// Due date. `null` removes the day.
        due_on: Option<Day>,
        /// Links to material that helps, at most ten. They replace the previous links.
        #[schema(max_items = 10)]
        resources: Vec<Link>,
        /// Whether the step is done.
        is_done: bool,
    }
}

/// Change a plan step
///
/// The mentor and the mentee of the pair may do this. The goal must be a draft or active (409 `wrong_state`).
/// `{"is_done": true}` marks the step as done. The progress of the goal does not change with it.
#[utoipa::path(tag = "goals", params(("id" = PlanStepId, Path)), request_body = ChangePlanStepInput, responses((status = 200, body = PlanStepView)))]
#[patch("/v1/plan-steps/{id}")]
async fn change_plan_step(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PlanStepId>,
    seen: Preconditions,
    input: Json<ChangePlanStepInput>,
) -> Result<Shown<PlanStepView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let (goal, step) = find_for_update(&mut tx, &viewer, *id).await?;
    seen.check(&viewer, &step)?;
    let step = permit::<ChangeGoal, _>(&viewer, step)?;
    if input.is_empty() {
        return show(&viewer, step.unchanged());
    }
    let goal = permit::<ChangeGoal, _>(&viewer, goal)?.change(|goal| goal.replan(app.clock.now()))?;
    let step = step.change(|step| {
        input.text.apply(&mut step.text);
        input.due_on.date().apply(&mut step.due_on);
        input.is_done.apply(&mut step.is_done);
        if let Change::Set(resources) = input.resources {
            step.resources = Stored(resources);
        }
        step.updated_at = app.clock.now();
        step.check()
    })?;
    store::save(&mut tx, &step).await?;
    save_goal(&app, &mut tx, &goal).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete a plan step
///
/// The mentor and the mentee of the pair may do this. The goal must be a draft or active (409 `wrong_state`). The plan
/// step is deleted for good. To keep a finished step in the plan, set `is_done` instead.
#[utoipa::path(tag = "goals", params(("id" = PlanStepId, Path)), responses((status = 204, description = "The plan step is deleted.")))]
#[delete("/v1/plan-steps/{id}")]
async fn delete_plan_step(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PlanStepId>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    let mut tx = app.write(&viewer).await?;
    let (goal, step) = find_for_update(&mut tx, &viewer, *id).await?;
    seen.check(&viewer, &step)?;
    let step = permit::<ChangeGoal, _>(&viewer, step)?;
    let goal = permit::<ChangeGoal, _>(&viewer, goal)?.change(|goal| goal.replan(app.clock.now()))?;
    store::delete(&mut tx, step).await?;
    save_goal(&app, &mut tx, &goal).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Finds a plan step and its goal, and locks them until the transaction ends.
async fn find_for_update(tx: &mut Tx, viewer: &Viewer, id: PlanStepId) -> Result<(Goal, PlanStep), Problem> {
    let found = readable(viewer, store::find(tx, id).await?).ok_or_else(Problem::not_found)?;
    let goal = goals::find_for_update(tx, found.goal_id).await?.ok_or_else(Problem::not_found)?;
    // Read again: another request may have changed the step before the lock was granted.
    let step = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    Ok((goal, step))
}

async fn save_goal(app: &App, tx: &mut Tx, goal: &Changed<Goal>) -> Result<(), Problem> {
    goals::save(tx, goal).await?;
    outbox::add(tx, &app.clock, Event::GoalChanged(goal.id), Some(goal.pair_id)).await?;
    Ok(())
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: PlanStepId) -> Result<Shown<PlanStepView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
