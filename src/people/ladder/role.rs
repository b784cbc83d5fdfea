//! The roles of career ladders over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::CreateLadderRole;
use super::model::{LadderRole, Level, Track};
use super::store;
use crate::http::{App, Done, Json, Once, Path, Seen, merge_patch};
use crate::ids::{CareerLadderId, LadderRoleId};
use crate::people::organisation::may_hear_of_use;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(create_ladder_role)
        .service(read_ladder_role)
        .service(change_ladder_role)
        .service(delete_ladder_role);
}

/// A career ladder as it appears inside other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CareerLadderRef {
    /// Names the ladder.
    pub id: CareerLadderId,
    /// What it is called.
    pub name: Name,
    /// What it leads through.
    pub track: Track,
}

view! {
    /// A step of a career ladder.
    LadderRoleView {
        /// Names the role.
        public id: LadderRoleId,
        /// The ladder it is a step of.
        public ladder: CareerLadderRef,
        /// What it is called; no other role of the ladder is.
        public name: Name,
        /// How high it stands, 1 to 20; levels compare across ladders.
        public level: Level,
    }
}

impl Viewed for LadderRole {
    type View = LadderRoleView;

    fn view(self, clearance: &Clearance) -> LadderRoleView {
        LadderRoleView {
            id: self.id,
            ladder: CareerLadderRef { id: self.ladder_id, name: self.ladder_name, track: self.track },
            name: self.name,
            level: self.level,
            withheld: clearance.withheld::<LadderRoleView>(),
        }
    }
}

/// Adds a role to a career ladder.
///
/// It takes its place by its level. A ladder has at most 50 roles. Admins may, and services with
/// `people:read` and `people:write`.
#[utoipa::path(tag = "career ladders", params(("id" = CareerLadderId, Path)), request_body = CreateLadderRole, responses((status = 201, body = LadderRoleView)))]
#[post("/v1/career-ladders/{id}/roles")]
async fn create_ladder_role(
    app: Data<App>,
    viewer: Viewer,
    id: Path<CareerLadderId>,
    input: Json<CreateLadderRole>,
    once: Once,
) -> Result<Shown<LadderRoleView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            tx.hold((*id).into()).await?;
            let ladder = store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
            let ladder = permit::<ChangeOrganisation, _>(&viewer, ladder)?;
            ladder.check_has_place()?;
            let role = input.onto(LadderRoleId::new(&app.clock), &ladder);
            store::insert_role(tx, &ladder, &role, app.clock.now()).await?;
            Ok(role.id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/ladder-roles/{id}")))
}

/// Reads a role of a career ladder.
///
/// With the ladder it is a step of. Everybody who works here may.
#[utoipa::path(tag = "career ladders", params(("id" = LadderRoleId, Path)), responses((status = 200, body = LadderRoleView)))]
#[get("/v1/ladder-roles/{id}")]
async fn read_ladder_role(
    app: Data<App>,
    viewer: Viewer,
    id: Path<LadderRoleId>,
) -> Result<Shown<LadderRoleView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a ladder role.
    #[schema(examples(json!({"name": "Staff engineer", "level": 6})))]
    ChangeLadderRoleInput {
        /// What it is called; no other role of the ladder may be.
        name: Name,
        /// How high it stands, 1 to 20; levels compare across ladders.
        level: Level,
    }
}

/// Changes a role of a career ladder: name and level.
///
/// Everybody who has the role has the new level with it. Admins may, and services with
/// `people:read` and `people:write`.
#[utoipa::path(tag = "career ladders", params(("id" = LadderRoleId, Path)), request_body = ChangeLadderRoleInput, responses((status = 200, body = LadderRoleView)))]
#[patch("/v1/ladder-roles/{id}")]
async fn change_ladder_role(
    app: Data<App>,
    viewer: Viewer,
    id: Path<LadderRoleId>,
    seen: Seen,
    input: Json<ChangeLadderRoleInput>,
) -> Result<Shown<LadderRoleView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
    let role = store::find_role(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &role)?;
    let before = role.clone();
    let role = permit::<ChangeOrganisation, _>(&viewer, role)?.change(|role| {
        input.name.apply(&mut role.name);
        input.level.apply(&mut role.level);
        Ok(())
    })?;
    if *role != before {
        store::save_role(&mut tx, &role, app.clock.now()).await?;
    }
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Removes a role that nobody has or works towards.
///
/// Otherwise the answer is the problem `still_in_use`. As it tells of what people work towards, a
/// service account needs `outcomes:read` as well.
#[utoipa::path(tag = "career ladders", params(("id" = LadderRoleId, Path)), responses((status = 204, description = "Gone.")))]
#[delete("/v1/ladder-roles/{id}")]
async fn delete_ladder_role(
    app: Data<App>,
    viewer: Viewer,
    id: Path<LadderRoleId>,
    seen: Seen,
) -> Result<Done, Problem> {
    may_hear_of_use(&viewer)?;
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
    let role = store::find_role(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &role)?;
    let role = permit::<ChangeOrganisation, _>(&viewer, role)?;
    store::delete_role(&mut tx, role, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read_again(app: &App, viewer: &Viewer, id: LadderRoleId) -> Result<Shown<LadderRoleView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find_role(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
