//! Teams over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Team;
use super::store::{self, Filter};
use crate::db::Tx;
use crate::http::{
    App, Change, Done, IdempotencyKey, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page,
};
use crate::ids::{DepartmentId, PersonId, TeamId};
use crate::people::department::api::DepartmentRef;
use crate::people::organisation::Organisation;
use crate::people::person::api::PersonRef;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Shown, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_teams).service(create_team).service(read_team).service(change_team).service(delete_team);
}

view! {
    /// A team: people belong to it, and pairs are counted for it.
    TeamView of team: Team, clearance {
        let title = team.lead_title;
        /// Id of the team.
        public id: TeamId,
        /// Name of the team. No other team has the same name. Upper and lower case count as the same.
        public name: Name,
        /// Department of the team. `null`: none.
        public department: Option<DepartmentRef> =
            team.department_id.zip(team.department_name).map(|(id, name)| DepartmentRef { id, name }),
        /// Lead of the team. A team lead has no rights over the records of the members. `null`: none.
        public lead: Option<PersonRef> =
            team.lead_id.zip(team.lead_name).map(|(id, name)| PersonRef::new(id, name, title)),
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

list_query! {
    /// Filters of the list of teams.
    ListTeams from TeamId {
        /// Lists only teams whose name starts with this text. Upper and lower case count as the same.
        #[param(inline)]
        q: Option<Name>,
        /// Id of a department. Lists only its teams.
        department_id: Option<DepartmentId>,
        /// Id of a person. Lists only teams that this person leads.
        lead_id: Option<PersonId>,
    }
}

/// List teams
///
/// Sorted by time of creation, oldest first. Each person can list teams. A service needs the scope `people:read`. Use
/// `?q=pay` to complete a name while it is typed.
#[utoipa::path(tag = "teams", params(ListTeams), responses((status = 200, body = Page<TeamView>)))]
#[get("/v1/teams")]
async fn list_teams(app: Data<App>, viewer: Viewer, query: Query<ListTeams>) -> Result<Page<TeamView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let after = query.cursor.map_or(TeamId::first(), |cursor| cursor.0);
    let only = Filter { prefix: query.q.clone(), department: query.department_id, lead: query.lead_id };
    let mut tx = app.read_one().await?;
    let teams = store::list(&mut tx, &only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &only)).await?;
    page(&viewer, query.limit, teams, total, |team| team.id)
}

/// A new team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Payments", "department_id": null, "lead_id": null})))]
pub struct CreateTeam {
    /// Name of the team. No other team may have the same name. Upper and lower case count as the same.
    name: Name,
    /// Id of the department. Default: none.
    department_id: Option<DepartmentId>,
    /// Id of the lead. The person must not have left. Default: none.
    lead_id: Option<PersonId>,
}

/// Create a team
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. A name that another team has
/// gives 409 `already_exists`.
#[utoipa::path(tag = "teams", request_body = CreateTeam, responses((status = 201, body = TeamView)))]
#[post("/v1/teams")]
async fn create_team(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateTeam>,
    once: IdempotencyKey,
) -> Result<Shown<TeamView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let CreateTeam { name, department_id, lead_id } = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let permitted = permit::<ChangeOrganisation, _>(&viewer, Organisation)?;
            if let Some(lead) = lead_id {
                store::check_lead(tx, lead).await?;
            }
            let (id, now) = (TeamId::new(&app.clock), app.clock.now());
            let team = Team {
                id,
                name,
                department_id,
                department_name: None,
                lead_id,
                lead_name: None,
                lead_title: None,
                created_at: now,
                updated_at: now,
                revision: 1,
            };
            store::insert(tx, &permitted, &team).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/teams/{id}"))),
    )
    .await
}

/// Read a team
///
/// Each person can read teams. A service needs the scope `people:read`. `GET /v1/people?team_id=…` lists the members.
#[utoipa::path(tag = "teams", params(("id" = TeamId, Path)), responses((status = 200, body = TeamView)))]
#[get("/v1/teams/{id}")]
async fn read_team(app: Data<App>, viewer: Viewer, id: Path<TeamId>) -> Result<Shown<TeamView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a team. Fields that are left out stay as they are.
    #[schema(examples(json!({"name": "Payments", "lead_id": "01985b1e-6d0a-7c11-9a52-3f4c5d6e7f80"})))]
    ChangeTeamInput {
        /// Name of the team. No other team may have the same name. Upper and lower case count as the same.
        name: Name,
        /// Id of the department. `null` removes the department.
        department_id: Option<DepartmentId>,
        /// Id of the lead. The person must not have left. `null` removes the lead.
        lead_id: Option<PersonId>,
    }
}

/// Change a team
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. A name that another team has
/// gives 409 `already_exists`.
#[utoipa::path(tag = "teams", params(("id" = TeamId, Path)), request_body = ChangeTeamInput, responses((status = 200, body = TeamView)))]
#[patch("/v1/teams/{id}")]
async fn change_team(
    app: Data<App>,
    viewer: Viewer,
    id: Path<TeamId>,
    seen: Preconditions,
    input: Json<ChangeTeamInput>,
) -> Result<Shown<TeamView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let team = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &team)?;
    let team = permit::<ChangeOrganisation, _>(&viewer, team)?;
    if input.is_empty() {
        return show(&viewer, team.unchanged());
    }
    if let Change::Set(Some(lead)) = input.lead_id {
        store::check_lead(&mut tx, lead).await?;
    }
    let team = team.change(|team| {
        let before = team.clone();
        input.name.apply(&mut team.name);
        input.department_id.apply(&mut team.department_id);
        input.lead_id.apply(&mut team.lead_id);
        if *team != before {
            team.updated_at = app.clock.now();
        }
        Ok(())
    })?;
    store::save(&mut tx, &team).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Delete a team
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. If people belong to the team, or
/// pairs are counted for it, the answer is 409 `still_in_use`. People who have left also count, because they keep their
/// last team.
#[utoipa::path(tag = "teams", params(("id" = TeamId, Path)), responses((status = 204, description = "The team is deleted.")))]
#[delete("/v1/teams/{id}")]
async fn delete_team(app: Data<App>, viewer: Viewer, id: Path<TeamId>, seen: Preconditions) -> Result<Done, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let mut tx = app.write(&viewer).await?;
    let team = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &team)?;
    let team = permit::<ChangeOrganisation, _>(&viewer, team)?;
    store::delete(&mut tx, team).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: TeamId) -> Result<Shown<TeamView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
