//! Goals over HTTP: reading them, and their words.

use actix_web::web::Data;
use actix_web::{get, patch};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::GoalStatus;
use super::store::{self, Filter};
use super::views::{GoalSummaryView, GoalView};
use super::whole;
use crate::http::{
    App, Count, Cursor, Json, Limit, MirroredPage, Path, Query, Seen, Walk, merge_patch, mirrored_page, reaching_back,
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

/// Which goals to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListGoals {
    /// Goals of this pair.
    pair_id: Option<PairId>,
    /// Goals of this person, as mentor or as mentee.
    owner_id: Option<PersonId>,
    /// Goals of this status.
    #[param(inline)]
    status: Option<GoalStatus>,
    /// Goals whose public part changed after this, and some that changed up to five minutes earlier: see `next_updated_after`.
    updated_after: Option<Moment>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<Walk<GoalId>>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists goals, in the order they were set.
///
/// Goals are public: everybody lists all of them, services with `pairs:read`. Each comes as a
/// summary; read the goal for its key results, plan, check-ins and celebrations.
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
    let mut tx = app.look().await?;
    let goals = store::list(&mut tx, &only, walk.after, query.limit.and_one(), app.clock.today()).await?;
    let total = query.count.of(store::count(&mut tx, &only)).await?;
    mirrored_page(&viewer, query.limit, goals, total, &walk, |goal| goal.id)
}

/// Reads a goal with all that hangs on it.
///
/// Key results, plan steps, check-ins and celebrations are public. `blockers` are for the two
/// alone; for everybody else the goal looks the same whether there are any or not.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), responses((status = 200, body = GoalView)))]
#[get("/v1/goals/{id}")]
async fn read_goal(app: Data<App>, viewer: Viewer, id: Path<GoalId>) -> Result<Shown<GoalView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a goal's words.
    #[schema(examples(json!({"title": "Lead the design review of two services by June", "target_on": "2026-06-30", "aligned_to": null})))]
    ChangeGoalInput {
        /// The objective in one line.
        title: Name,
        /// What exactly.
        specific: Option<Text>,
        /// By what one sees that it is reached.
        measurable: Option<Text>,
        /// Why it can be reached.
        achievable: Option<Text>,
        /// Why it matters.
        relevant: Option<Text>,
        /// By when.
        target_on: Option<Day>,
        /// The objective that it serves.
        aligned_to: Option<Line<200>>,
    }
}

/// Changes the words of a draft or an active goal.
///
/// Both of the two may edit them, so `If-Match` is required. An active goal keeps a target day
/// and a measure.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = ChangeGoalInput, responses((status = 200, body = GoalView), (status = 428)))]
#[patch("/v1/goals/{id}")]
async fn change_goal(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    seen: Seen,
    input: Json<ChangeGoalInput>,
) -> Result<Shown<GoalView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    store::hold_pair(&mut tx, *id).await?;
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

pub(super) async fn read_again(app: &App, viewer: &Viewer, id: GoalId) -> Result<Shown<GoalView>, Problem> {
    let mut tx = app.read().await?;
    let goal = whole::find(&mut tx, viewer, id, app.clock.today()).await?.ok_or_else(Problem::not_found)?;
    show(viewer, goal)
}
