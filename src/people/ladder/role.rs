//! The roles of career ladders over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::CreateLadderRole;
use super::model::{CareerTrack, LadderRole, Level};
use super::store;
use crate::db::Tx;
use crate::http::{App, Done, IdempotencyKey, Json, Path, Preconditions, merge_patch};
use crate::ids::{CareerLadderId, LadderRoleId};
use crate::people::organisation::may_learn_of_use;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Shown, Viewer, may_list, permit, show, view};
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

/// A career ladder as it appears in other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CareerLadderRef {
    /// Id of the ladder.
    pub id: CareerLadderId,
    /// Name of the ladder.
    pub name: Name,
    /// Career track of the ladder.
    pub track: CareerTrack,
}

view! {
    /// A role of a career ladder.
    LadderRoleView of role: LadderRole, clearance {
        /// Id of the role.
        public id: LadderRoleId,
        /// Ladder of the role.
        public ladder: CareerLadderRef =
            CareerLadderRef { id: role.ladder_id, name: role.ladder_name, track: role.track },
        /// Name of the role. No other role of the ladder has the same name. Upper and lower case count as the same.
        public name: Name,
        /// Level of the role, from 1 (lowest) to 20 (highest). You can compare levels of different ladders.
        public level: Level,
    }
}

/// Add a role to a career ladder
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. The level decides the position of
/// the role in the ladder. A ladder has at most 50 roles (409 `wrong_state`). A name that another role of the ladder
/// has gives 409 `already_exists`.
#[utoipa::path(tag = "career ladders", params(("id" = CareerLadderId, Path)), request_body = CreateLadderRole, responses((status = 201, body = LadderRoleView)))]
#[post("/v1/career-ladders/{id}/roles")]
async fn create_ladder_role(
    app: Data<App>,
    viewer: Viewer,
    id: Path<CareerLadderId>,
    input: Json<CreateLadderRole>,
    once: IdempotencyKey,
) -> Result<Shown<LadderRoleView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            tx.lock((*id).into()).await?;
            let ladder = store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
            let ladder = permit::<ChangeOrganisation, _>(&viewer, ladder)?;
            ladder.check_is_not_full()?;
            let role = input.onto(LadderRoleId::new(&app.clock), &ladder);
            store::insert_role(tx, &ladder, &role, app.clock.now()).await?;
            Ok(role.id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/ladder-roles/{id}"))),
    )
    .await
}

/// Read a role of a career ladder
///
/// The answer contains the ladder. Each person can read roles. A service needs the scope `people:read`.
#[utoipa::path(tag = "career ladders", params(("id" = LadderRoleId, Path)), responses((status = 200, body = LadderRoleView)))]
#[get("/v1/ladder-roles/{id}")]
async fn read_ladder_role(
    app: Data<App>,
    viewer: Viewer,
    id: Path<LadderRoleId>,
) -> Result<Shown<LadderRoleView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a role of a career ladder. Fields that are left out stay as they are.
    #[schema(examples(json!({"name": "Staff engineer", "level": 6})))]
    ChangeLadderRoleInput {
        /// Name of the role. No other role of the ladder may have the same name. Upper and lower case count as the
        /// same.
        name: Name,
        /// Level of the role, from 1 (lowest) to 20 (highest). You can compare levels of different ladders.
        level: Level,
    }
}

/// Change a role of a career ladder
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. A new level applies to each
/// person who has the role.
#[utoipa::path(tag = "career ladders", params(("id" = LadderRoleId, Path)), request_body = ChangeLadderRoleInput, responses((status = 200, body = LadderRoleView)))]
#[patch("/v1/ladder-roles/{id}")]
async fn change_ladder_role(
    app: Data<App>,
    viewer: Viewer,
    id: Path<LadderRoleId>,
    seen: Preconditions,
    input: Json<ChangeLadderRoleInput>,
) -> Result<Shown<LadderRoleView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    tx.lock((*id).into()).await?;
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
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete a role of a career ladder
///
/// Admins may do this, and services with the scopes `people:read`, `people:write` and `outcomes:read`. If people have
/// the role or work towards it, the answer is 409 `still_in_use`. This answer reveals people's goals, so a service
/// needs `outcomes:read` too.
#[utoipa::path(tag = "career ladders", params(("id" = LadderRoleId, Path)), responses((status = 204, description = "The role is deleted.")))]
#[delete("/v1/ladder-roles/{id}")]
async fn delete_ladder_role(
    app: Data<App>,
    viewer: Viewer,
    id: Path<LadderRoleId>,
    seen: Preconditions,
) -> Result<Done, Problem> {
    may_learn_of_use(&viewer)?;
    let mut tx = app.write(&viewer).await?;
    tx.lock((*id).into()).await?;
    let role = store::find_role(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &role)?;
    let role = permit::<ChangeOrganisation, _>(&viewer, role)?;
    store::delete_role(&mut tx, role, app.clock.now()).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: LadderRoleId) -> Result<Shown<LadderRoleView>, Problem> {
    show(viewer, store::find_role(tx, id).await?.ok_or_else(Problem::not_found)?)
}
