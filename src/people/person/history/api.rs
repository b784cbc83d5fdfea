//! The history of a person over HTTP.

use actix_web::get;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{HistoryEntry, Position};
use super::store;
use crate::http::{App, Count, Cursor, Limit, Page, Path, Query, page};
use crate::ids::{HistoryEntryId, PersonId};
use crate::people::person;
use crate::people::person::api::{LadderRoleRef, PersonRef, TeamRef};
use crate::people::person::model::PersonStatus;
use crate::policy::acts::ReadHistory;
use crate::policy::{Clearance, Readable, Viewed, Viewer, permit, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_history);
}

view! {
    /// A person's position in the organisation from a day on.
    HistoryEntryView {
        /// Id of the entry.
        public id: HistoryEntryId,
        /// Id of the person.
        public person_id: PersonId,
        /// First day of the entry. It is valid until the first day of the next entry.
        manager_visible starts_on: NaiveDate,
        /// Employment status.
        manager_visible status: PersonStatus,
        /// Job title. `null`: none.
        manager_visible title: Option<Name>,
        /// Team, with its current name. `null`: none.
        manager_visible team: Option<TeamRef>,
        /// Direct manager, with their current name and title. `null`: none.
        manager_visible manager: Option<PersonRef>,
        /// Role on a career ladder, with its current name and its level at that time. `null`: none.
        manager_visible ladder_role: Option<LadderRoleRef>,
    }
}

impl Readable for HistoryEntry {
    type Read = ReadHistory;
    const KIND: &'static str = "person_history";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for HistoryEntry {
    type View = HistoryEntryView;

    fn view(self, clearance: &Clearance) -> HistoryEntryView {
        let position = || clearance.open(self.position.clone());
        HistoryEntryView {
            id: self.id,
            person_id: self.standing.person_id,
            starts_on: position().map(|position| position.starts_on),
            status: position().map(|position| position.status),
            title: position().map(|position| position.title),
            team: position().map(team),
            manager: position().map(manager),
            ladder_role: position().map(ladder_role),
            withheld: clearance.withheld::<HistoryEntryView>(),
        }
    }
}

fn team(position: Position) -> Option<TeamRef> {
    position.team_id.zip(position.team_name).map(|(id, name)| TeamRef { id, name })
}

fn manager(position: Position) -> Option<PersonRef> {
    let title = position.manager_title;
    position.manager_id.zip(position.manager_name).map(|(id, name)| PersonRef { id, name, title })
}

fn ladder_role(position: Position) -> Option<LadderRoleRef> {
    let role = position.ladder_role_id.zip(position.ladder_role_name).zip(position.level);
    role.map(|((id, name), level)| LadderRoleRef { id, name, level })
}

/// Paging of a person's history.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListHistory {
    /// Number of items on a page. Default: 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the previous page. Absent: the first page.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<HistoryEntryId>>,
    /// `exact`: the page also has `total`, the number of records on all pages. Absent: no `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// List the history of a person
///
/// Sorted by time of creation, oldest first. There is an entry for each change of title, team, manager, ladder role or
/// status since the person was added. The person, their direct manager and the leads of their programs may do this. A
/// service needs the scope `outcomes:read`.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path), ListHistory), responses((status = 200, body = Page<HistoryEntryView>)))]
#[get("/v1/people/{id}/history")]
async fn list_history(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    query: Query<ListHistory>,
) -> Result<Page<HistoryEntryView>, Problem> {
    let mut tx = app.read().await?;
    let person = person::store::find_to::<ReadHistory>(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    let person = permit::<ReadHistory, _>(&viewer, person)?;
    let after = query.cursor.map_or(HistoryEntryId::first(), |cursor| cursor.0);
    let entries = store::list(&mut tx, &person, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &person)).await?;
    page(&viewer, query.limit, entries, total, |entry| entry.id)
}
