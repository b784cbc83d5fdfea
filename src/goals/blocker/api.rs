//! Blockers over HTTP. They create no events: a receiver of events must not learn that a goal has blockers.

use actix_web::web::Data;
use actix_web::{get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::Blocker;
use super::store;
use crate::db::Tx;
use crate::goals::goal::store as goals;
use crate::http::{
    App, Count, Cursor, EmptyBody, IdempotencyKey, Json, Limit, Page, Path, Preconditions, Query, merge_patch, page,
};
use crate::ids::{BlockerId, GoalId, PairId, PersonId};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{ChangeBlocker, ListBlockers, RaiseBlocker, ReadBlocker, ResolveBlocker};
use crate::policy::{Clearance, Permit, Readable, Sealed, Shown, Viewed, Viewer, permit, show, view};
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
    BlockerView {
        /// Id of the blocker.
        public id: BlockerId,
        /// Id of the goal.
        public goal_id: GoalId,
        /// Id of the pair of the goal.
        public pair_id: PairId,
        /// Author of the blocker: the mentor or the mentee.
        public author: PersonRef,
        /// Description of the obstacle.
        private text: Text,
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

impl Readable for Blocker {
    type Read = ReadBlocker;
    const KIND: &'static str = "blockers";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for Blocker {
    type View = BlockerView;

    fn view(self, clearance: &Clearance) -> BlockerView {
        let home = self.home();
        BlockerView {
            id: self.id,
            goal_id: self.goal_id,
            pair_id: self.pair_id,
            author: PersonRef { id: self.author_id, name: self.author_name, title: self.author_title },
            text: clearance.unseal(home, self.text),
            resolved_at: self.resolved_at,
            resolved_by_id: self.resolved_by_id,
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<BlockerView>(),
        }
    }
}

/// Filters of the list of blockers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListBlockersQuery {
    /// `false`: only open blockers. `true`: only resolved blockers. Absent: all blockers.
    is_resolved: Option<bool>,
    /// Number of items on a page. Default: 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the previous page. Absent: the first page.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<BlockerId>>,
    /// `exact`: the page also has `total`, the number of records on all pages. Absent: no `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
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
    let id = app
        .once(&viewer, &once, async |tx| {
            let goal = goals::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            let goal: Permit<RaiseBlocker, _> = permit(&viewer, goal)?;
            let author = viewer.person().ok_or_else(Problem::not_found)?;
            goal.check_is_open()?;
            let id = BlockerId::new(&app.clock);
            store::insert(tx, &goal, id, author, &Sealed::new(author, text), app.clock.now()).await?;
            Ok(id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/blockers/{id}")))
}

/// Read a blocker
///
/// Only the mentor and the mentee may do this.
#[utoipa::path(tag = "goals", params(("id" = BlockerId, Path)), responses((status = 200, body = BlockerView)))]
#[get("/v1/blockers/{id}")]
async fn read_blocker(app: Data<App>, viewer: Viewer, id: Path<BlockerId>) -> Result<Shown<BlockerView>, Problem> {
    read_again(&app, &viewer, *id).await
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
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
    app.once(&viewer, &once, async |tx| {
        let blocker = store::find(tx, *id).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &blocker)?;
        let blocker = permit::<ResolveBlocker, _>(&viewer, blocker)?;
        let by = viewer.person().ok_or_else(Problem::not_found)?;
        check_pair_runs(tx, blocker.goal_id).await?;
        let blocker = blocker.change(|blocker| blocker.resolve(by, app.clock.now()))?;
        store::save(tx, &blocker).await?;
        Ok(*id)
    })
    .await?;
    read_again(&app, &viewer, *id).await
}

/// Refuses if the pair of the goal has ended.
async fn check_pair_runs(tx: &mut Tx, goal: GoalId) -> Result<(), Problem> {
    goals::find_for_update(tx, goal).await?.ok_or_else(Problem::not_found)?.check_pair_runs()
}

async fn read_again(app: &App, viewer: &Viewer, id: BlockerId) -> Result<Shown<BlockerView>, Problem> {
    let mut tx = app.read_one().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
