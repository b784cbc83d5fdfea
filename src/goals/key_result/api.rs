//! Key results over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Currency, KeyResult, KeyResultKind, MOST};
use super::store;
use crate::db::Tx;
use crate::goals::goal::model::Goal;
use crate::goals::goal::store as goals;
use crate::goals::number::{Amount, Percent, Weight};
use crate::http::{App, Done, IdempotencyKey, Json, Path, Preconditions, merge_patch};
use crate::ids::{GoalId, KeyResultId, PairId};
use crate::outbox::{self, Event};
use crate::policy::acts::{ChangeGoal, ReadGoal};
use crate::policy::{Changed, Shown, Viewer, permit, readable, readable_as, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_key_result).service(read_key_result).service(change_key_result).service(delete_key_result);
}

view! {
    /// A measure of a goal in numbers. Public, like the goal.
    KeyResultView of result: KeyResult, clearance {
        let progress = result.progress();
        /// Id of the key result.
        public id: KeyResultId,
        /// Id of the goal.
        public goal_id: GoalId,
        /// Id of the pair of the goal.
        public pair_id: PairId,
        /// Name of the measured quantity.
        public title: Name,
        /// Kind of number.
        public kind: KeyResultKind,
        /// Currency of the values. `null`: `kind` is not `currency`.
        public currency: Option<Currency>,
        /// Value at the start.
        public start_value: Amount,
        /// Value to reach. It is below `start_value` if the value is to fall.
        public target_value: Amount,
        /// Current value.
        public current_value: Amount,
        /// Weight relative to the other key results of the goal.
        public weight: Weight,
        /// Progress in percent: the part of the way from `start_value` to `target_value`.
        public progress: Percent = progress,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(KeyResult: ReadGoal, "key_results");

/// A new key result.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"title": "Reviews led", "kind": "number", "target_value": 4, "weight": 2})))]
pub struct CreateKeyResult {
    /// Name of the measured quantity.
    title: Name,
    /// Kind of number. It cannot be changed later.
    kind: KeyResultKind,
    /// Currency of the values. Required for the kind `currency`, not allowed for other kinds.
    currency: Option<Currency>,
    /// Value at the start. Default: 0.
    start_value: Option<Amount>,
    /// Value to reach, above or below `start_value`. Default: 100 for `percentage` and 1 for `yes_no`. Required for
    /// other kinds.
    target_value: Option<Amount>,
    /// Current value. Default: `start_value`.
    current_value: Option<Amount>,
    /// Weight relative to the other key results of the goal. Default: 1.
    weight: Option<Weight>,
}

/// Add a key result to a goal
///
/// The mentor and the mentee of the pair may do this. The goal must be a draft or active (409 `wrong_state`). A goal
/// has at most 20 key results. The progress of the goal becomes the weighted mean of its key results.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CreateKeyResult, responses((status = 201, body = KeyResultView)))]
#[post("/v1/goals/{id}/key-results")]
async fn create_key_result(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    input: Json<CreateKeyResult>,
    once: IdempotencyKey,
) -> Result<Shown<KeyResultView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let goal = goals::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let goal = permit::<ChangeGoal, _>(&viewer, goal)?;
            goal.check_is_open()?;
            let mut all = store::list(tx, *id).await?;
            if all.len() >= MOST {
                return Err(Problem::wrong_state(format!(
                    "The goal has {MOST} key results already. Delete one first."
                )));
            }
            let key_result = new(&app, &goal, input)?;
            all.push(key_result.clone());
            let goal = goal.change(|goal| goal.measure_by(&all, app.clock.now()))?;
            store::insert(tx, &goal, &key_result).await?;
            save_goal(&app, tx, &goal).await?;
            Ok(key_result.id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/key-results/{id}"))),
    )
    .await
}

fn new(app: &App, goal: &Goal, input: CreateKeyResult) -> Result<KeyResult, Problem> {
    let target_value = match (input.target_value, input.kind) {
        (Some(target), _) => target,
        (None, KeyResultKind::Percentage) => Amount::HUNDRED,
        (None, KeyResultKind::YesNo) => Amount::ONE,
        (None, KeyResultKind::Number | KeyResultKind::Currency) => {
            return Err(Problem::invalid("/target_value", "must be set for this kind of key result"));
        }
    };
    let (now, start_value) = (app.clock.now(), input.start_value.unwrap_or(Amount::ZERO));
    let key_result = KeyResult {
        id: KeyResultId::new(&app.clock),
        goal_id: goal.id,
        pair_id: goal.pair_id,
        standing: goal.standing,
        title: input.title,
        kind: input.kind,
        currency: input.currency,
        start_value,
        target_value,
        current_value: input.current_value.unwrap_or(start_value),
        weight: input.weight.unwrap_or(Weight::LEAST),
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    key_result.check()?;
    Ok(key_result)
}

/// Read a key result
///
/// Everyone in the organisation may read it, like the goal. A service needs the scope `pairs:read`. `GET
/// /v1/goals/{id}` also has the key results of the goal.
#[utoipa::path(tag = "goals", params(("id" = KeyResultId, Path)), responses((status = 200, body = KeyResultView)))]
#[get("/v1/key-results/{id}")]
async fn read_key_result(
    app: Data<App>,
    viewer: Viewer,
    id: Path<KeyResultId>,
) -> Result<Shown<KeyResultView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a key result. Fields that are left out stay as they are. Its kind and currency cannot be changed.
    #[schema(examples(json!({"target_value": 5, "weight": 3})))]
    ChangeKeyResultInput {
        /// Name of the measured quantity.
        title: Name,
        /// Value at the start.
        start_value: Amount,
        /// Value to reach.
        target_value: Amount,
        /// Current value. A check-in also sets it, and keeps the old value in the history.
        current_value: Amount,
        /// Weight relative to the other key results of the goal.
        weight: Weight,
    }
}

/// Change a key result
///
/// The mentor and the mentee of the pair may do this. The goal must be a draft or active (409 `wrong_state`). The
/// progress of the goal changes with it. To report progress, create a check-in instead: it keeps a history.
#[utoipa::path(tag = "goals", params(("id" = KeyResultId, Path)), request_body = ChangeKeyResultInput, responses((status = 200, body = KeyResultView)))]
#[patch("/v1/key-results/{id}")]
async fn change_key_result(
    app: Data<App>,
    viewer: Viewer,
    id: Path<KeyResultId>,
    seen: Preconditions,
    input: Json<ChangeKeyResultInput>,
) -> Result<Shown<KeyResultView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let (goal, key_result) = find_for_update(&mut tx, &viewer, *id).await?;
    seen.check(&viewer, &key_result)?;
    let key_result = permit::<ChangeGoal, _>(&viewer, key_result)?;
    if input.is_empty() {
        return show(&viewer, key_result.unchanged());
    }
    let key_result = key_result.change(|key_result| {
        goal.check_is_open()?;
        input.title.apply(&mut key_result.title);
        input.start_value.apply(&mut key_result.start_value);
        input.target_value.apply(&mut key_result.target_value);
        input.current_value.apply(&mut key_result.current_value);
        input.weight.apply(&mut key_result.weight);
        key_result.updated_at = app.clock.now();
        key_result.check()
    })?;
    store::save(&mut tx, &key_result).await?;
    measure(&app, &mut tx, &viewer, goal).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete a key result
///
/// The mentor and the mentee of the pair may do this. The goal must be a draft or active (409 `wrong_state`).
///
/// - The progress of the goal follows from the remaining key results. Without any, it stays as it is.
/// - Check-ins keep the values that they reported.
/// - The last key result of an active goal can only be deleted if `measurable` is set (409 `wrong_state`).
#[utoipa::path(tag = "goals", params(("id" = KeyResultId, Path)), responses((status = 204, description = "The key result is deleted.")))]
#[delete("/v1/key-results/{id}")]
async fn delete_key_result(
    app: Data<App>,
    viewer: Viewer,
    id: Path<KeyResultId>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    let mut tx = app.write(&viewer).await?;
    let (goal, key_result) = find_for_update(&mut tx, &viewer, *id).await?;
    seen.check(&viewer, &key_result)?;
    let key_result = permit::<ChangeGoal, _>(&viewer, key_result)?;
    store::delete(&mut tx, key_result).await?;
    measure(&app, &mut tx, &viewer, goal).await?;
    tx.commit().await?;
    Ok(Done)
}

/// Finds a key result and its goal, and locks them until the transaction ends.
async fn find_for_update(tx: &mut Tx, viewer: &Viewer, id: KeyResultId) -> Result<(Goal, KeyResult), Problem> {
    let found = readable(viewer, store::find(tx, id).await?).ok_or_else(Problem::not_found)?;
    let goal = goals::find_for_update(tx, found.goal_id).await?.ok_or_else(Problem::not_found)?;
    // Read again: another request may have changed the key result before the lock was granted.
    let key_result = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    Ok((goal, key_result))
}

/// Takes the progress of the goal from its key results.
async fn measure(app: &App, tx: &mut Tx, viewer: &Viewer, goal: Goal) -> Result<(), Problem> {
    let key_results = store::list(tx, goal.id).await?;
    let goal = permit::<ChangeGoal, _>(viewer, goal)?.change(|goal| goal.measure_by(&key_results, app.clock.now()))?;
    save_goal(app, tx, &goal).await
}

async fn save_goal(app: &App, tx: &mut Tx, goal: &Changed<Goal>) -> Result<(), Problem> {
    goals::save(tx, goal).await?;
    outbox::add(tx, &app.clock, Event::GoalChanged(goal.id), Some(goal.pair_id)).await?;
    Ok(())
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: KeyResultId) -> Result<Shown<KeyResultView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
