//! Career ladders over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{CareerLadder, LadderRole, Level, Track};
use super::store;
use crate::http::{App, Count, Cursor, Done, Json, Limit, Once, Page, Path, Query, Seen, merge_patch, page};
use crate::ids::{CareerLadderId, LadderRoleId};
use crate::people::organisation::{Organisation, may_hear_of_use};
use crate::people::person::api::LadderRoleRef;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_list, permit, show, view};
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
    /// A career ladder: a track of ordered roles.
    CareerLadderView {
        /// Names the ladder.
        public id: CareerLadderId,
        /// What it is called; no other ladder is.
        public name: Name,
        /// What it leads through.
        public track: Track,
        /// Its roles, lowest first.
        #[schema(max_items = 50)]
        public roles: Vec<LadderRoleRef>,
        /// When the record was made.
        public created_at: DateTime<Utc>,
        /// When it or a role of it changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Viewed for CareerLadder {
    type View = CareerLadderView;

    fn view(self, clearance: &Clearance) -> CareerLadderView {
        let step = |role: LadderRole| LadderRoleRef { id: role.id, name: role.name, level: role.level.into() };
        CareerLadderView {
            id: self.id,
            name: self.name,
            track: self.track,
            roles: self.roles.into_iter().map(step).collect(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<CareerLadderView>(),
        }
    }
}

/// Where in the list to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCareerLadders {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<CareerLadderId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists career ladders with their roles, in the order they were made.
///
/// Roles stand lowest first; their levels compare across ladders.
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

/// A role of a new ladder, or one more of a ladder that is there.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Senior engineer", "level": 5})))]
pub struct CreateLadderRole {
    /// What it is called; no other role of the ladder may be.
    pub(super) name: Name,
    /// How high it stands, 1 to 20; levels compare across ladders.
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
    /// What it is called; no other ladder may be, in upper or lower case.
    name: Name,
    /// What it leads through.
    track: Track,
    /// Its roles, in any order.
    #[serde(default)]
    #[schema(max_items = 50)]
    roles: Vec<CreateLadderRole>,
}

/// Adds a career ladder with its roles.
///
/// Admins may, and services with `people:read` and `people:write`.
#[utoipa::path(tag = "career ladders", request_body = CreateCareerLadder, responses((status = 201, body = CareerLadderView)))]
#[post("/v1/career-ladders")]
async fn create_career_ladder(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateCareerLadder>,
    once: Once,
) -> Result<Shown<CareerLadderView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let CreateCareerLadder { name, track, roles } = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            let leave = permit::<ChangeOrganisation, _>(&viewer, Organisation)?;
            let (id, now) = (CareerLadderId::new(&app.clock), app.clock.now());
            let (created_at, updated_at) = (now, now);
            let mut ladder = CareerLadder { id, name, track, created_at, updated_at, revision: 1, roles: Vec::new() };
            ladder.roles = roles.into_iter().map(|role| role.onto(LadderRoleId::new(&app.clock), &ladder)).collect();
            ladder.check_roles()?;
            store::insert(tx, &leave, &ladder).await?;
            Ok(id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/career-ladders/{id}")))
}

/// Reads a career ladder with its roles.
///
/// Roles stand lowest first. Everybody who works here may.
#[utoipa::path(tag = "career ladders", params(("id" = CareerLadderId, Path)), responses((status = 200, body = CareerLadderView)))]
#[get("/v1/career-ladders/{id}")]
async fn read_career_ladder(
    app: Data<App>,
    viewer: Viewer,
    id: Path<CareerLadderId>,
) -> Result<Shown<CareerLadderView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a career ladder; its roles have addresses of their own.
    #[schema(examples(json!({"name": "Engineering management", "track": "management"})))]
    ChangeCareerLadderInput {
        /// What it is called; no other ladder may be, in upper or lower case.
        name: Name,
        /// What it leads through.
        track: Track,
    }
}

/// Changes a career ladder: name and track.
///
/// Roles change at `/v1/ladder-roles/{id}`, and are added at `/v1/career-ladders/{id}/roles`.
#[utoipa::path(tag = "career ladders", params(("id" = CareerLadderId, Path)), request_body = ChangeCareerLadderInput, responses((status = 200, body = CareerLadderView)))]
#[patch("/v1/career-ladders/{id}")]
async fn change_career_ladder(
    app: Data<App>,
    viewer: Viewer,
    id: Path<CareerLadderId>,
    seen: Seen,
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Removes a career ladder whose roles nobody has or works towards.
///
/// Its roles go with it. Otherwise the answer is the problem `still_in_use`; as it tells of what
/// people work towards, a service account needs `outcomes:read` as well.
#[utoipa::path(tag = "career ladders", params(("id" = CareerLadderId, Path)), responses((status = 204, description = "Gone.")))]
#[delete("/v1/career-ladders/{id}")]
async fn delete_career_ladder(
    app: Data<App>,
    viewer: Viewer,
    id: Path<CareerLadderId>,
    seen: Seen,
) -> Result<Done, Problem> {
    may_hear_of_use(&viewer)?;
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
    let ladder = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &ladder)?;
    let ladder = permit::<ChangeOrganisation, _>(&viewer, ladder)?;
    store::delete(&mut tx, ladder).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read_again(app: &App, viewer: &Viewer, id: CareerLadderId) -> Result<Shown<CareerLadderView>, Problem> {
    let mut tx = app.read().await?;
    show(viewer, store::find(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
