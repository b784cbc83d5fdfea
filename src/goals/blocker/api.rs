//! Blockers over HTTP. They leave no trace in the outbox: who hears of a goal hears nothing of
//! what stands in its way.

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
use crate::http::{App, Count, Cursor, Json, Limit, Nothing, Once, Page, Path, Query, Seen, merge_patch, page};
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
    /// Something that stands in the way of a goal. For the two alone: for everybody else there
    /// is no such record.
    BlockerView {
        /// Names the blocker.
        public id: BlockerId,
        /// The goal it stands in the way of.
        public goal_id: GoalId,
        /// The pair of the goal.
        public pair_id: PairId,
        /// Who raised it: one of the two.
        public author: PersonRef,
        /// What it is.
        private text: Text,
        /// When it was out of the way; `null` while it is open.
        public resolved_at: Option<DateTime<Utc>>,
        /// Which of the two said so.
        public resolved_by_id: Option<PersonId>,
        /// When it was raised.
        public created_at: DateTime<Utc>,
        /// When it changed last.
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

/// Which blockers to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListBlockersQuery {
    /// `false`: those in the way now; `true`: those out of it; absent: all.
    is_resolved: Option<bool>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<BlockerId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists the blockers of a goal, in the order they were raised.
///
/// For the two alone; everybody else is refused, whether there are any or not.
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
    #[cfg(feature = "planted-leaks")]
    if crate::leaks::Leak::RefusalCounts.is_planted() && !goal.standing.has(&viewer) {
        let count = store::list_open(&mut tx, *id).await?.len();
        return Err(Problem::new(crate::problem::Code::NotAllowed, format!("{count} are for the two alone.")));
    }
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
    /// What stands in the way. For the two alone.
    text: Text,
}

/// Raises a blocker of a draft or an active goal.
///
/// For the two alone: for everybody else nothing changes, not even when the goal was changed.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CreateBlocker, responses((status = 201, body = BlockerView)))]
#[post("/v1/goals/{id}/blockers")]
async fn create_blocker(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    input: Json<CreateBlocker>,
    once: Once,
) -> Result<Shown<BlockerView>, Problem> {
    let text = input.into_inner().text;
    let id = app
        .once(&viewer, &once, async |tx| {
            let goal = goals::hold(tx, *id).await?.ok_or_else(Problem::not_found)?;
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

/// Reads a blocker.
///
/// For the two alone.
#[utoipa::path(tag = "goals", params(("id" = BlockerId, Path)), responses((status = 200, body = BlockerView)))]
#[get("/v1/blockers/{id}")]
async fn read_blocker(app: Data<App>, viewer: Viewer, id: Path<BlockerId>) -> Result<Shown<BlockerView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a blocker.
    #[schema(examples(json!({"text": "My team gives me an hour a week, and it takes three"})))]
    ChangeBlockerInput {
        /// What stands in the way.
        text: Text,
    }
}

/// Changes the words of an open blocker.
///
/// For its author alone; either of the two may resolve it.
#[utoipa::path(tag = "goals", params(("id" = BlockerId, Path)), request_body = ChangeBlockerInput, responses((status = 200, body = BlockerView)))]
#[patch("/v1/blockers/{id}")]
async fn change_blocker(
    app: Data<App>,
    viewer: Viewer,
    id: Path<BlockerId>,
    seen: Seen,
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

/// Says that a blocker is out of the way.
///
/// Either of the two may. It leaves the goal's `blockers`, and stays in their list.
#[utoipa::path(tag = "goals", params(("id" = BlockerId, Path)), request_body = Nothing, responses((status = 200, body = BlockerView)))]
#[post("/v1/blockers/{id}/resolve")]
async fn resolve_blocker(
    app: Data<App>,
    viewer: Viewer,
    id: Path<BlockerId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
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

/// What belongs to a pair that is over stays as it is.
async fn check_pair_runs(tx: &mut Tx, goal: GoalId) -> Result<(), Problem> {
    goals::hold(tx, goal).await?.ok_or_else(Problem::not_found)?.check_pair_runs()
}

async fn read_again(app: &App, viewer: &Viewer, id: BlockerId) -> Result<Shown<BlockerView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
