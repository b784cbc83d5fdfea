//! Career ladders over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{CareerLadder, CareerTrack, LadderRole, Level};
use super::store;
use crate::db::Tx;
use crate::http::{App, Done, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page};
use crate::ids::{CareerLadderId, LadderRoleId};
use crate::people::organisation::{Organisation, may_learn_of_use};
use crate::people::person::api::LadderRoleRef;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Shown, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(list_career_ladders)
        .service(create_career_ladder)
        .service(read_career_ladder)
        .service(change_career_ladder)
        .service(delete_career_ladder);
}

view! {
    /// A career ladder: ordered roles of one career track.
    CareerLadderView of ladder: CareerLadder, clearance {
        let step = |role: LadderRole| LadderRoleRef { id: role.id, name: role.name, level: role.level.into() };
        /// Id of the ladder.
        public id: CareerLadderId,
        /// Name of the ladder. No other ladder has the same name. Upper and lower case count as the same.
        public name: Name,
        /// Career track of the ladder.
        public track: CareerTrack,
        /// Roles of the ladder, lowest level first. Empty: none.
        #[schema(max_items = 50)]
        public roles: Vec<LadderRoleRef> = ladder.roles.into_iter().map(step).collect(),
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change of the ladder or of one of its roles.
        public updated_at: DateTime<Utc>,
    }
}

list_query! {
    /// Paging of the list of career ladders.
    ListCareerLadders from CareerLadderId {}
}

/// List career ladders
///
/// Sorted by time of creation, oldest first. Each ladder contains its roles, lowest level first. Each person can list
/// ladders. A service needs the scope `people:read`.
#[utoipa::path(tag = "career ladders", params(ListCareerLadders), responses((status = 200, body = Page<CareerLadderView>)))]
#[get("/v1/career-ladders")]
async fn list_career_ladders(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListCareerLadders>,
) -> Result<Page<CareerLadderView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let after = query.cursor.map_or(CareerLadderId::first(), |cursor| cursor.0);
    let mut tx = app.read().await?;
    let ladders = store::list(&mut tx, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx)).await?;
    page(&viewer, query.limit, ladders, total, |ladder| ladder.id)
}

/// A new role of a career ladder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Senior engineer", "level": 5})))]
pub struct CreateLadderRole {
    /// Name of the role. No other role of the ladder may have the same name. Upper and lower case count as the same.
    pub(super) name: Name,
    /// Level of the role, from 1 (lowest) to 20 (highest). You can compare levels of different ladders.
    pub(super) level: Level,
}

impl CreateLadderRole {
    pub(super) fn onto(self, id: LadderRoleId, ladder: &CareerLadder) -> LadderRole {
        let (ladder_name, track) = (ladder.name.clone(), ladder.track);
        LadderRole { id, ladder_id: ladder.id, ladder_name, track, name: self.name, level: self.level }
    }
}

/// A new career ladder.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Engineering", "track": "individual", "roles": [
    {"name": "Engineer", "level": 3}, {"name": "Senior engineer", "level": 5}, {"name": "Staff engineer", "level": 6}
]})))]
pub struct CreateCareerLadder {
    /// Name of the ladder. No other ladder may have the same name. Upper and lower case count as the same.
    name: Name,
    /// Career track of the ladder.
    track: CareerTrack,
    /// Roles of the ladder, in any order. Default: none.
    #[serde(default)]
    #[schema(max_items = 50)]
    roles: Vec<CreateLadderRole>,
}

/// Create a career ladder
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. A name that another ladder has
/// gives 409 `already_exists`.
#[utoipa::path(tag = "career ladders", request_body = CreateCareerLadder, responses((status = 201, body = CareerLadderView)))]
#[post("/v1/career-ladders")]
async fn create_career_ladder(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateCareerLadder>,
    once: IdempotencyKey,
) -> Result<Shown<CareerLadderView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let CreateCareerLadder { name, track, roles } = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let permitted = permit::<ChangeOrganisation, _>(&viewer, Organisation)?;
            let (id, now) = (CareerLadderId::new(&app.clock), app.clock.now());
            let (created_at, updated_at) = (now, now);
            let mut ladder = CareerLadder { id, name, track, created_at, updated_at, revision: 1, roles: Vec::new() };
            ladder.roles = roles.into_iter().map(|role| role.onto(LadderRoleId::new(&app.clock), &ladder)).collect();
            ladder.check_roles()?;
            store::insert(tx, &permitted, &ladder).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/career-ladders/{id}"))),
    )
    .await
}

/// Read a career ladder
///
/// The answer contains the roles, lowest level first. Each person can read ladders. A service needs the scope
/// `people:read`.
#[utoipa::path(tag = "career ladders", params(("id" = CareerLadderId, Path)), responses((status = 200, body = CareerLadderView)))]
#[get("/v1/career-ladders/{id}")]
async fn read_career_ladder(
    app: Data<App>,
    viewer: Viewer,
    id: Path<CareerLadderId>,
) -> Result<Shown<CareerLadderView>, Problem> {
    let mut tx = app.read().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a career ladder. Fields that are left out stay as they are. To change a role, use `PATCH
    /// /v1/ladder-roles/{id}`.
    #[schema(examples(json!({"name": "Engineering management", "track": "management"})))]
    ChangeCareerLadderInput {
        /// Name of the ladder. No other ladder may have the same name. Upper and lower case count as the same.
        name: Name,
        /// Career track of the ladder.
        track: CareerTrack,
    }
}

/// Change a career ladder
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. Add roles with `POST
/// /v1/career-ladders/{id}/roles`, and change them with `PATCH /v1/ladder-roles/{id}`.
#[utoipa::path(tag = "career ladders", params(("id" = CareerLadderId, Path)), request_body = ChangeCareerLadderInput, responses((status = 200, body = CareerLadderView)))]
#[patch("/v1/career-ladders/{id}")]
async fn change_career_ladder(
    app: Data<App>,
    viewer: Viewer,
    id: Path<CareerLadderId>,
    seen: Preconditions,
    input: Json<ChangeCareerLadderInput>,
) -> Result<Shown<CareerLadderView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let ladder = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &ladder)?;
    let ladder = permit::<ChangeOrganisation, _>(&viewer, ladder)?;
    if input.is_empty() {
        return show(&viewer, ladder.unchanged());
    }
    let ladder = ladder.change(|ladder| {
        let before = ladder.clone();
        input.name.apply(&mut ladder.name);
        input.track.apply(&mut ladder.track);
        if *ladder != before {
            ladder.updated_at = app.clock.now();
        }
        Ok(())
    })?;
    store::save(&mut tx, &ladder).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete a career ladder
///
/// Admins may do this, and services with the scopes `people:read`, `people:write` and `outcomes:read`. The roles of the
/// ladder are deleted too. If people have one of the roles or work towards it, the answer is 409 `still_in_use`. This
/// answer reveals people's goals, so a service needs `outcomes:read` too.
#[utoipa::path(tag = "career ladders", params(("id" = CareerLadderId, Path)), responses((status = 204, description = "The ladder and its roles are deleted.")))]
#[delete("/v1/career-ladders/{id}")]
async fn delete_career_ladder(
    app: Data<App>,
    viewer: Viewer,
    id: Path<CareerLadderId>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    may_learn_of_use(&viewer)?;
    let mut tx = app.write(&viewer).await?;
    tx.lock((*id).into()).await?;
    let ladder = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &ladder)?;
    let ladder = permit::<ChangeOrganisation, _>(&viewer, ladder)?;
    store::delete(&mut tx, ladder).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: CareerLadderId) -> Result<Shown<CareerLadderView>, Problem> {
    show(viewer, store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
