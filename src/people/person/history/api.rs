//! The history of a person over HTTP.

use actix_web::get;
use actix_web::web::Data;
use chrono::NaiveDate;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{HistoryEntry, Position};
use super::store;
use crate::http::{App, Page, Path, Query, list_query, page};
use crate::ids::{HistoryEntryId, PersonId};
use crate::people::person;
use crate::people::person::api::{LadderRoleRef, PersonRef, TeamRef};
use crate::people::person::model::PersonStatus;
use crate::policy::acts::ReadHistory;
use crate::policy::{Viewer, permit, readable_as, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_history);
}

view! {
    /// A person's position in the organisation from a day on.
    HistoryEntryView of entry: HistoryEntry, clearance {
        let position = || clearance.open(entry.position.clone());
        /// Id of the entry.
        public id: HistoryEntryId,
        /// Id of the person.
        public person_id: PersonId = entry.standing.person_id,
        /// First day of the entry. It is valid until the first day of the next entry.
        manager_visible starts_on: NaiveDate = position().map(|position| position.starts_on),
        /// Employment status.
        manager_visible status: PersonStatus = position().map(|position| position.status),
        /// Job title. `null`: none.
        manager_visible title: Option<Name> = position().map(|position| position.title),
        /// Team, with its current name. `null`: none.
        manager_visible team: Option<TeamRef> = position().map(team),
        /// Direct manager, with their current name and title. `null`: none.
        manager_visible manager: Option<PersonRef> = position().map(manager),
        /// Role on a career ladder, with its current name and its level at that time. `null`: none.
        manager_visible ladder_role: Option<LadderRoleRef> = position().map(ladder_role),
    }
}

readable_as!(HistoryEntry: ReadHistory, "person_history");

fn team(position: Position) -> Option<TeamRef> {
    position.team_id.zip(position.team_name).map(|(id, name)| TeamRef { id, name })
}

fn manager(position: Position) -> Option<PersonRef> {
    let title = position.manager_title;
    position.manager_id.zip(position.manager_name).map(|(id, name)| PersonRef::new(id, name, title))
}

fn ladder_role(position: Position) -> Option<LadderRoleRef> {
    let role = position.ladder_role_id.zip(position.ladder_role_name).zip(position.level);
    role.map(|((id, name), level)| LadderRoleRef { id, name, level })
}

list_query! {
    /// Paging of a person's history.
    ListHistory from HistoryEntryId {}
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
