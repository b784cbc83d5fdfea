//! Teams over HTTP.

use actix_web::web::Data;
use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Team;
use super::store::{self, Filter};
use crate::http::{App, Change, Count, Cursor, Done, Json, Limit, Once, Page, Path, Query, Seen, merge_patch, page};
use crate::ids::{DepartmentId, PersonId, TeamId};
use crate::people::department::api::DepartmentRef;
use crate::people::organisation::Organisation;
use crate::people::person::api::PersonRef;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_teams).service(create_team).service(read_team).service(change_team).service(delete_team);
}

view! {
    /// A team: where people belong, and what pairs are counted under.
    TeamView {
        /// Names the team.
        public id: TeamId,
        /// What it is called; no other team is.
        public name: Name,
        /// The department it belongs to.
        public department: Option<DepartmentRef>,
        /// Who leads it. That gives no rights over anybody's record.
        public lead: Option<PersonRef>,
        /// When the record was made.
        public created_at: DateTime<Utc>,
        /// When it changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Viewed for Team {
    type View = TeamView;

    fn view(self, clearance: &Clearance) -> TeamView {
        let title = self.lead_title;
        TeamView {
            id: self.id,
            name: self.name,
            department: self.department_id.zip(self.department_name).map(|(id, name)| DepartmentRef { id, name }),
            lead: self.lead_id.zip(self.lead_name).map(|(id, name)| PersonRef { id, name, title }),
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<TeamView>(),
        }
    }
}

/// Which teams to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListTeams {
    /// Teams whose name begins like this, in upper or lower case.
    #[param(inline)]
    q: Option<Name>,
    /// Teams of this department.
    department_id: Option<DepartmentId>,
    /// Teams that this person leads.
    lead_id: Option<PersonId>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<TeamId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists teams, in the order they were made.
///
/// `?q=pay` finds those whose name begins with it, for a field that completes what is typed.
#[utoipa::path(tag = "teams", params(ListTeams), responses((status = 200, body = Page<TeamView>)))]
#[get("/v1/teams")]
async fn list_teams(app: Data<App>, viewer: Viewer, query: Query<ListTeams>) -> Result<Page<TeamView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let after = query.cursor.map_or(TeamId::first(), |cursor| cursor.0);
    let only = Filter { prefix: query.q.clone(), department: query.department_id, lead: query.lead_id };
    let mut tx = app.look().await?;
    let teams = store::list(&mut tx, &only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &only)).await?;
    page(&viewer, query.limit, teams, total, |team| team.id)
}

/// A new team.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"name": "Payments", "department_id": null, "lead_id": null})))]
pub struct CreateTeam {
    /// What it is called; no other team may be, in upper or lower case.
    name: Name,
    /// The department it belongs to.
    department_id: Option<DepartmentId>,
    /// Who leads it; nobody who left.
    lead_id: Option<PersonId>,
}

/// Adds a team.
///
/// Admins may, and services with `people:read` and `people:write`.
#[utoipa::path(tag = "teams", request_body = CreateTeam, responses((status = 201, body = TeamView)))]
#[post("/v1/teams")]
async fn create_team(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateTeam>,
    once: Once,
) -> Result<Shown<TeamView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let CreateTeam { name, department_id, lead_id } = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            let leave = permit::<ChangeOrganisation, _>(&viewer, Organisation)?;
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
            store::insert(tx, &leave, &team).await?;
            Ok(id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/teams/{id}")))
}

/// Reads a team.
///
/// Everybody who works here may. The people in it are at `/v1/people?team_id=…`.
#[utoipa::path(tag = "teams", params(("id" = TeamId, Path)), responses((status = 200, body = TeamView)))]
#[get("/v1/teams/{id}")]
async fn read_team(app: Data<App>, viewer: Viewer, id: Path<TeamId>) -> Result<Shown<TeamView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a team.
    #[schema(examples(json!({"name": "Payments", "lead_id": "01985b1e-6d0a-7c11-9a52-3f4c5d6e7f80"})))]
    ChangeTeamInput {
        /// What it is called; no other team may be, in upper or lower case.
        name: Name,
        /// The department it belongs to; `null` takes it out.
        department_id: Option<DepartmentId>,
        /// Who leads it, nobody who left; `null` leaves it without.
        lead_id: Option<PersonId>,
    }
}

/// Changes a team: name, department, lead.
///
/// Admins may, and services with `people:read` and `people:write`.
#[utoipa::path(tag = "teams", params(("id" = TeamId, Path)), request_body = ChangeTeamInput, responses((status = 200, body = TeamView)))]
#[patch("/v1/teams/{id}")]
async fn change_team(
    app: Data<App>,
    viewer: Viewer,
    id: Path<TeamId>,
    seen: Seen,
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
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Removes a team to which nobody belongs and under which no pair is counted.
///
/// Otherwise the answer is the problem `still_in_use`. People who left still count: they keep
/// the team they had.
#[utoipa::path(tag = "teams", params(("id" = TeamId, Path)), responses((status = 204, description = "Gone.")))]
#[delete("/v1/teams/{id}")]
async fn delete_team(app: Data<App>, viewer: Viewer, id: Path<TeamId>, seen: Seen) -> Result<Done, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    let mut tx = app.write(&viewer).await?;
    let team = store::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &team)?;
    let team = permit::<ChangeOrganisation, _>(&viewer, team)?;
    store::delete(&mut tx, team).await?;
    tx.commit().await?;
    Ok(Done)
}

async fn read_again(app: &App, viewer: &Viewer, id: TeamId) -> Result<Shown<TeamView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
