//! Key results over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Currency, KeyResult, KeyResultKind, MOST};
use super::store;
use crate::db::Tx;
use crate::goals::goal::model::Goal;
use crate::goals::goal::store as goals;
use crate::goals::number::{Amount, Percent, Weight};
use crate::http::{App, Done, Json, Once, Path, Seen, merge_patch};
use crate::ids::{GoalId, KeyResultId, PairId};
use crate::outbox::{self, Event};
use crate::policy::acts::{ChangeGoal, ReadGoal};
use crate::policy::{Changed, Clearance, Readable, Shown, Viewed, Viewer, permit, readable, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_key_result).service(read_key_result).service(change_key_result).service(delete_key_result);
}

view! {
    /// What a goal is measured by, in numbers. Public, as the goal is.
    KeyResultView {
        /// Names the key result.
        public id: KeyResultId,
        /// The goal it measures.
        public goal_id: GoalId,
        /// The pair of the goal.
        public pair_id: PairId,
        /// What is measured.
        public title: Name,
        /// What kind of number it is.
        public kind: KeyResultKind,
        /// Of amounts of money; `null` for other kinds.
        public currency: Option<Currency>,
        /// Where it began.
        public start_value: Amount,
        /// Where it is to get; below the start where it is to fall.
        public target_value: Amount,
        /// Where it is.
        public current_value: Amount,
        /// How much it counts beside the others of the goal.
        public weight: Weight,
        /// How much of the way is done.
        public progress: Percent,
        /// When the record was made.
        public created_at: DateTime<Utc>,
        /// When it changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Readable for KeyResult {
    type Read = ReadGoal;
    const KIND: &'static str = "key_results";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for KeyResult {
    type View = KeyResultView;

    fn view(self, clearance: &Clearance) -> KeyResultView {
        let progress = self.progress();
        KeyResultView {
            id: self.id,
            goal_id: self.goal_id,
            pair_id: self.pair_id,
            title: self.title,
            kind: self.kind,
            currency: self.currency,
            start_value: self.start_value,
            target_value: self.target_value,
            current_value: self.current_value,
            weight: self.weight,
            progress,
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<KeyResultView>(),
        }
    }
}

/// A new key result.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"title": "Reviews led", "kind": "number", "target_value": 4, "weight": 2})))]
pub struct CreateKeyResult {
    /// What is measured.
    title: Name,
    /// What kind of number it is. It never changes.
    kind: KeyResultKind,
    /// For `currency`, and only there.
    currency: Option<Currency>,
    /// Where it begins; 0 unless told.
    start_value: Option<Amount>,
    /// Where it is to get, up or down. For `percentage` 100 and for `yes_no` 1 unless told.
    target_value: Option<Amount>,
    /// Where it is; `start_value` unless told.
    current_value: Option<Amount>,
    /// How much it counts beside the others of the goal; 1 unless told.
    weight: Option<Weight>,
}

/// Adds a key result to a draft or an active goal.
///
/// A goal has at most 20. From then on its progress is their weighted mean.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CreateKeyResult, responses((status = 201, body = KeyResultView)))]
#[post("/v1/goals/{id}/key-results")]
async fn create_key_result(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    input: Json<CreateKeyResult>,
    once: Once,
) -> Result<Shown<KeyResultView>, Problem> {
    let input = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            let goal = goals::hold(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let goal = permit::<ChangeGoal, _>(&viewer, goal)?;
            goal.check_is_open()?;
            let mut all = store::list(tx, *id).await?;
            if all.len() >= MOST {
                return Err(Problem::wrong_state(format!("A goal has at most {MOST} key results.")));
            }
            let key_result = new(&app, &goal, input)?;
            all.push(key_result.clone());
            let goal = goal.change(|goal| goal.measure_by(&all, app.clock.now()))?;
            store::insert(tx, &goal, &key_result).await?;
            keep(&app, tx, &goal).await?;
            Ok(key_result.id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/key-results/{id}")))
}

fn new(app: &App, goal: &Goal, input: CreateKeyResult) -> Result<KeyResult, Problem> {
    let target_value = match (input.target_value, input.kind) {
        (Some(target), _) => target,
        (None, KeyResultKind::Percentage) => Amount::HUNDRED,
        (None, KeyResultKind::YesNo) => Amount::ONE,
        (None, KeyResultKind::Number | KeyResultKind::Currency) => {
            return Err(Problem::invalid("/target_value", "say where it is to get"));
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

/// Reads a key result.
///
/// The goal it measures has it too.
#[utoipa::path(tag = "goals", params(("id" = KeyResultId, Path)), responses((status = 200, body = KeyResultView)))]
#[get("/v1/key-results/{id}")]
async fn read_key_result(
    app: Data<App>,
    viewer: Viewer,
    id: Path<KeyResultId>,
) -> Result<Shown<KeyResultView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a key result. Its kind and currency stay.
    #[schema(examples(json!({"target_value": 5, "weight": 3})))]
    ChangeKeyResultInput {
        /// What is measured.
        title: Name,
        /// Where it began.
        start_value: Amount,
        /// Where it is to get.
        target_value: Amount,
        /// Where it is. A check-in says so too, and leaves a trace in the history.
        current_value: Amount,
        /// How much it counts.
        weight: Weight,
    }
}

/// Changes a key result of a draft or an active goal.
///
/// The progress of the goal changes with it. To report progress, rather check in on the goal.
#[utoipa::path(tag = "goals", params(("id" = KeyResultId, Path)), request_body = ChangeKeyResultInput, responses((status = 200, body = KeyResultView)))]
#[patch("/v1/key-results/{id}")]
async fn change_key_result(
    app: Data<App>,
    viewer: Viewer,
    id: Path<KeyResultId>,
    seen: Seen,
    input: Json<ChangeKeyResultInput>,
) -> Result<Shown<KeyResultView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let (goal, key_result) = hold(&mut tx, &viewer, *id).await?;
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Removes a key result from a draft or an active goal.
///
/// The progress of the goal follows from those that are left, and stays where there are none.
/// Check-ins keep what they said of it.
#[utoipa::path(tag = "goals", params(("id" = KeyResultId, Path)), responses((status = 204, description = "Gone.")))]
#[delete("/v1/key-results/{id}")]
async fn delete_key_result(app: Data<App>, viewer: Viewer, id: Path<KeyResultId>, seen: Seen) -> Result<Done, Problem> {
    let mut tx = app.write(&viewer).await?;
    let (goal, key_result) = hold(&mut tx, &viewer, *id).await?;
    seen.check(&viewer, &key_result)?;
    let key_result = permit::<ChangeGoal, _>(&viewer, key_result)?;
    store::delete(&mut tx, key_result).await?;
    measure(&app, &mut tx, &viewer, goal).await?;
    tx.commit().await?;
    Ok(Done)
}

/// A key result and its goal, kept from others until the unit of work ends.
async fn hold(tx: &mut Tx, viewer: &Viewer, id: KeyResultId) -> Result<(Goal, KeyResult), Problem> {
    let found = readable(viewer, store::find(tx, id).await?).ok_or_else(Problem::not_found)?;
    let goal = goals::hold(tx, found.goal_id).await?.ok_or_else(Problem::not_found)?;
    // Somebody else may have had the goal until now.
    let key_result = store::find(tx, id).await?.ok_or_else(Problem::not_found)?;
    Ok((goal, key_result))
}

/// Measures the goal by its key results as they are now.
async fn measure(app: &App, tx: &mut Tx, viewer: &Viewer, goal: Goal) -> Result<(), Problem> {
    let key_results = store::list(tx, goal.id).await?;
    let goal = permit::<ChangeGoal, _>(viewer, goal)?.change(|goal| goal.measure_by(&key_results, app.clock.now()))?;
    keep(app, tx, &goal).await
}

async fn keep(app: &App, tx: &mut Tx, goal: &Changed<Goal>) -> Result<(), Problem> {
    goals::save(tx, goal).await?;
    outbox::add(tx, &app.clock, Event::GoalChanged(goal.id), Some(goal.pair_id)).await?;
    Ok(())
}

async fn read_again(app: &App, viewer: &Viewer, id: KeyResultId) -> Result<Shown<KeyResultView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
