//! Blockers over HTTP. They create no events: a receiver of events must not learn that a goal has blockers.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Blocker;
use super::store;
use crate::db::Tx;
use crate::goals::goal::store as goals;
use crate::http::{
    App, EmptyBody, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page,
};
use crate::ids::{BlockerId, GoalId, PairId, PersonId};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{ChangeBlocker, ListBlockers, RaiseBlocker, ReadBlocker, ResolveBlocker};
use crate::policy::{Permit, Sealed, Shown, Viewer, permit, readable_as, show, view};
use crate::problem::Problem;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_blockers)
        .service(create_blocker)
        .service(read_blocker)
        .service(change_blocker)
        .service(resolve_blocker);
}

view! {
    /// An obstacle to a goal. Only the mentor and the mentee see it. For everyone else it does not exist.
    BlockerView of blocker: Blocker, clearance {
        let home = blocker.home();
        /// Id of the blocker.
        public id: BlockerId,
        /// Id of the goal.
        public goal_id: GoalId,
        /// Id of the pair of the goal.
        public pair_id: PairId,
        /// Author of the blocker: the mentor or the mentee.
        public author: PersonRef = PersonRef::new(blocker.author_id, blocker.author_name, blocker.author_title),
        /// Description of the obstacle.
        private text: Text = clearance.unseal(home, blocker.text),
        /// Time at which the blocker was resolved. `null`: it is open.
        public resolved_at: Option<DateTime<Utc>>,
        /// Id of the person who resolved the blocker. `null`: it is open.
        public resolved_by_id: Option<PersonId>,
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

readable_as!(Blocker: ReadBlocker, "blockers");

list_query! {
    /// Filters of the list of blockers.
    ListBlockersQuery from BlockerId {
        /// `false`: only open blockers. `true`: only resolved blockers. Absent: all blockers.
        is_resolved: Option<bool>,
    }
}

/// List the blockers of a goal
///
/// Sorted by time of creation, oldest first. Only the mentor and the mentee may do this. Everyone else gets 403,
/// whether blockers exist or not.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path), ListBlockersQuery), responses((status = 200, body = Page<BlockerView>)))]
#[get("/v1/goals/{id}/blockers")]
async fn list_blockers(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    query: Query<ListBlockersQuery>,
) -> Result<Page<BlockerView>, Problem> {
    let mut tx = app.read().await?;
    let goal = goals::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    let goal = permit::<ListBlockers, _>(&viewer, goal)?;
    let after = query.cursor.map_or(BlockerId::first(), |cursor| cursor.0);
    let blockers = store::list(&mut tx, &goal, query.is_resolved, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &goal, query.is_resolved)).await?;
    page(&viewer, query.limit, blockers, total, |blocker| blocker.id)
}

/// A new blocker.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"text": "My team does not give me the time"})))]
pub struct CreateBlocker {
    /// Description of the obstacle. Only the mentor and the mentee can read it.
    text: Text,
}

/// Add a blocker to a goal
///
/// The mentor and the mentee of the pair may do this. The goal must be a draft or active (409 `wrong_state`). For
/// everyone else nothing changes: `updated_at` of the goal stays as it is.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CreateBlocker, responses((status = 201, body = BlockerView)))]
#[post("/v1/goals/{id}/blockers")]
async fn create_blocker(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    input: Json<CreateBlocker>,
    once: IdempotencyKey,
) -> Result<Shown<BlockerView>, Problem> {
    let text = input.into_inner().text;
    app.once(
        &viewer,
        &once,
        async |tx| {
            let goal = goals::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let goal: Permit<RaiseBlocker, _> = permit(&viewer, goal)?;
            let author = goal.person();
            goal.check_is_open()?;
            let id = BlockerId::new(&app.clock);
            store::insert(tx, &goal, id, author, &Sealed::new(author, text), app.clock.now()).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/blockers/{id}"))),
    )
    .await
}

/// Read a blocker
///
/// Only the mentor and the mentee may do this.
#[utoipa::path(tag = "goals", params(("id" = BlockerId, Path)), responses((status = 200, body = BlockerView)))]
#[get("/v1/blockers/{id}")]
async fn read_blocker(app: Data<App>, viewer: Viewer, id: Path<BlockerId>) -> Result<Shown<BlockerView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a blocker. Fields that are left out stay as they are.
    #[schema(examples(json!({"text": "My team gives me an hour a week, and it takes three"})))]
    ChangeBlockerInput {
        /// Description of the obstacle.
        text: Text,
    }
}

/// Change a blocker
///
/// Only its author may do this. The blocker must be open, and the pair must not have ended (409 `wrong_state`).
#[utoipa::path(tag = "goals", params(("id" = BlockerId, Path)), request_body = ChangeBlockerInput, responses((status = 200, body = BlockerView)))]
#[patch("/v1/blockers/{id}")]
async fn change_blocker(
    app: Data<App>,
    viewer: Viewer,
    id: Path<BlockerId>,
    seen: Preconditions,
    input: Json<ChangeBlockerInput>,
) -> Result<Shown<BlockerView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let blocker = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &blocker)?;
    let blocker = permit::<ChangeBlocker, _>(&viewer, blocker)?;
    if input.is_empty() {
        return show(&viewer, blocker.unchanged());
    }
    check_pair_runs(&mut tx, blocker.goal_id).await?;
    let blocker = blocker.change(|blocker| {
        blocker.reword(app.clock.now(), |blocker| {
            input.text.map(|text| Sealed::new(blocker.author_id, text)).apply(&mut blocker.text);
        })
    })?;
    store::save(&mut tx, &blocker).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Resolve a blocker
///
/// The mentor and the mentee of the pair may do this. The goal no longer shows the blocker in `blockers`; the list of
/// blockers keeps it. A blocker that is already resolved gives 409 `wrong_state`.
#[utoipa::path(tag = "goals", params(("id" = BlockerId, Path)), request_body = EmptyBody, responses((status = 200, body = BlockerView)))]
#[post("/v1/blockers/{id}/resolve")]
async fn resolve_blocker(
    app: Data<App>,
    viewer: Viewer,
    id: Path<BlockerId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<BlockerView>, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            let blocker = store::find(tx, *id).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &blocker)?;
            let blocker = permit::<ResolveBlocker, _>(&viewer, blocker)?;
            let by = blocker.person();
            check_pair_runs(tx, blocker.goal_id).await?;
            let blocker = blocker.change(|blocker| blocker.resolve(by, app.clock.now()))?;
            store::save(tx, &blocker).await?;
            Ok(*id)
        },
        async |tx, _| read(tx, &viewer, *id).await,
    )
    .await
}

/// Refuses if the pair of the goal has ended.
async fn check_pair_runs(tx: &mut Tx, goal: GoalId) -> Result<(), Problem> {
    goals::find_for_update(tx, goal).await?.ok_or_else(Problem::not_found)?.check_pair_runs()
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: BlockerId) -> Result<Shown<BlockerView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
