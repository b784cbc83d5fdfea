//! Goals over HTTP: list, read and change.

use actix_web::web::Data;
use actix_web::{get, patch};
use chrono::NaiveDate;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::GoalStatus;
use super::store::{self, Filter};
use super::views::{GoalSummaryView, GoalView};
use super::whole;
use crate::db::Tx;
use crate::http::{
    App, Json, MirroredPage, Path, Preconditions, Query, Walk, list_query, merge_patch, mirrored_page, reaching_back,
};
use crate::ids::{GoalId, PairId, PersonId};
use crate::outbox::{self, Event};
use crate::policy::acts::{ChangeGoal, ReadGoal};
use crate::policy::{Shown, Viewer, may_list, permit, show};
use crate::problem::Problem;
use crate::text::{Line, Name, Text};
use crate::time::{Day, Moment};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_goals).service(read_goal).service(change_goal);
}

list_query! {
    /// Filters of the list of goals.
    ListGoals from Walk<GoalId> {
        /// Id of a pair. Lists only goals of this pair.
        pair_id: Option<PairId>,
        /// Id of a person. Lists only goals that this person owns, as mentor or as mentee.
        owner_id: Option<PersonId>,
        /// Lists only goals with this status.
        #[param(inline)]
        status: Option<GoalStatus>,
        /// Lists only goals whose public fields changed after this time. Changes up to five minutes earlier are listed
        /// again; see `next_updated_after`.
        updated_after: Option<Moment>,
    }
}

/// List goals
///
/// Sorted by time of creation, oldest first. Goals are public: each person can list all goals. A service needs the
/// scope `pairs:read`. The list has summaries. Read a single goal for its key results, plan steps, check-ins and
/// celebrations.
#[utoipa::path(tag = "goals", params(ListGoals), responses((status = 200, body = MirroredPage<GoalSummaryView>)))]
#[get("/v1/goals")]
async fn list_goals(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListGoals>,
) -> Result<MirroredPage<GoalSummaryView>, Problem> {
    may_list::<ReadGoal>(&viewer)?;
    let walk = Walk::of(query.cursor.as_ref(), &app.clock, GoalId::first());
    let only = Filter {
        pair: query.pair_id,
        owner: query.owner_id,
        status: query.status,
        updated_after: query.updated_after.map(reaching_back),
    };
    let mut tx = app.read_one().await?;
    let goals = store::list(&mut tx, &only, walk.after, query.limit.and_one(), app.clock.today()).await?;
    let total = query.count.of(store::count(&mut tx, &only)).await?;
    mirrored_page(&viewer, query.limit, goals, total, &walk, |goal| goal.id)
}

/// Read a goal
///
/// The goal contains its key results, plan steps, latest check-ins and celebrations, which are public. `blockers` are
/// withheld from everyone except the mentor and the mentee. The answer to others does not show whether blockers exist.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), responses((status = 200, body = GoalView)))]
#[get("/v1/goals/{id}")]
async fn read_goal(app: Data<App>, viewer: Viewer, id: Path<GoalId>) -> Result<Shown<GoalView>, Problem> {
    let mut tx = app.read().await?;
    read(&mut tx, &viewer, *id, app.clock.today()).await
}

merge_patch! {
    /// Changes to a goal. Fields that are left out stay as they are.
    #[schema(examples(json!({"title": "Lead the design review of two services by June", "target_on": "2026-06-30", "aligned_to": null})))]
    ChangeGoalInput {
        /// The objective in one line.
        title: Name,
        /// Exact description of the objective. `null` removes the text.
        specific: Option<Text>,
        /// Criterion by which the mentor and the mentee recognise success. `null` removes the text.
        measurable: Option<Text>,
        /// Reason why the goal can be achieved. `null` removes the text.
        achievable: Option<Text>,
        /// Reason why the goal matters for the career of its owner. `null` removes the text.
        relevant: Option<Text>,
        /// Target date. `null` removes the day.
        target_on: Option<Day>,
        /// Objective of the program, or id of an OKR in another system, that the goal supports. `null` removes it.
        aligned_to: Option<Line<200>>,
    }
}

/// Change a goal
///
/// Changes a draft or an active goal. The mentor and the mentee of the pair may do this.
///
/// - `If-Match` is required, because two people can edit the goal (428).
/// - An active goal must keep its target date, and a `measurable` text or a key result (422).
/// - A closed goal, or a goal of a pair that has ended, cannot be changed (409 `wrong_state`).
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = ChangeGoalInput, responses((status = 200, body = GoalView), (status = 428)))]
#[patch("/v1/goals/{id}")]
async fn change_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Preconditions,
    input: Json<ChangeGoalInput>,
) -> Result<Shown<GoalView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    store::find_pair_for_update(&mut tx, *id).await?;
    let whole = whole::find(&mut tx, &viewer, *id, app.clock.today()).await?.ok_or_else(Problem::not_found)?;
    let goal = permit::<ChangeGoal, _>(&viewer, whole.goal.clone())?;
    seen.demand(&viewer, &whole)?;
    if input.is_empty() {
        return show(&viewer, whole);
    }
    let goal = goal.change(|goal| {
        goal.reword(app.clock.now(), |goal| {
            input.title.apply(&mut goal.title);
            input.specific.apply(&mut goal.specific);
            input.measurable.apply(&mut goal.measurable);
            input.achievable.apply(&mut goal.achievable);
            input.relevant.apply(&mut goal.relevant);
            input.target_on.date().apply(&mut goal.target_on);
            input.aligned_to.apply(&mut goal.aligned_to);
        })
    })?;
    store::save(&mut tx, &goal).await?;
    outbox::add(&mut tx, &app.clock, Event::GoalChanged(*id), Some(goal.pair_id)).await?;
    let answer = read(&mut tx, &viewer, *id, app.clock.today()).await?;
    tx.commit().await?;
    Ok(answer)
}

pub(super) async fn read(
    tx: &mut Tx,
    viewer: &Viewer,
    id: GoalId,
    today: NaiveDate,
) -> Result<Shown<GoalView>, Problem> {
    let goal = whole::find(tx, viewer, id, today).await?.ok_or_else(Problem::not_found)?;
    show(viewer, goal)
}
