//! Histories over HTTP.

use actix_web::get;
use actix_web::web::Data;
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{HistoryEntry, Station};
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
    /// Where a person stood from a day on.
    HistoryEntryView {
        /// Names the entry.
        public id: HistoryEntryId,
        /// Whose it is.
        public person_id: PersonId,
        /// The first day of it.
        manager_visible starts_on: NaiveDate,
        /// Whether they worked here.
        manager_visible status: PersonStatus,
        /// Job title.
        manager_visible title: Option<Name>,
        /// Their team, by the name it has today.
        manager_visible team: Option<TeamRef>,
        /// Their direct manager.
        manager_visible manager: Option<PersonRef>,
        /// Their step on a career ladder, with the level it had then.
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
        let station = || clearance.open(self.station.clone());
        HistoryEntryView {
            id: self.id,
            person_id: self.standing.person_id,
            starts_on: station().map(|station| station.starts_on),
            status: station().map(|station| station.status),
            title: station().map(|station| station.title),
            team: station().map(team),
            manager: station().map(manager),
            ladder_role: station().map(ladder_role),
            withheld: clearance.withheld::<HistoryEntryView>(),
        }
    }
}

fn team(station: Station) -> Option<TeamRef> {
    station.team_id.zip(station.team_name).map(|(id, name)| TeamRef { id, name })
}

fn manager(station: Station) -> Option<PersonRef> {
    let title = station.manager_title;
    station.manager_id.zip(station.manager_name).map(|(id, name)| PersonRef { id, name, title })
}

fn ladder_role(station: Station) -> Option<LadderRoleRef> {
    let role = station.ladder_role_id.zip(station.ladder_role_name).zip(station.level);
    role.map(|((id, name), level)| LadderRoleRef { id, name, level })
}

/// Which part of the history to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListHistory {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<HistoryEntryId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists where a person stood over time, oldest first.
///
/// One entry for each change of title, team, manager, ladder role or status since the person was
/// added. For the person, their direct manager, the leads of their programs, and services with
/// `outcomes:read`.
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
