//! The reporting line over HTTP.

use actix_web::get;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store::{self, Depth};
use crate::db::Tx;
use crate::http::{App, Page, Path, Query, list_query, page};
use crate::ids::PersonId;
use crate::people::person;
use crate::people::person::api::PersonView;
use crate::policy::{Viewer, may_read};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_reports).service(list_reporting_line);
}

list_query! {
    /// Filters of the list of reports.
    ListReports from PersonId {
        /// Depth of the reporting line. Default: `direct`.
        #[serde(default)]
        #[param(inline, required = false)]
        depth: Depth,
    }
}

/// List the reports of a person
///
/// Sorted by time of creation, oldest first. People who have left are not listed. With `depth=all`, the reports of a
/// person who has left are listed.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path), ListReports), responses((status = 200, body = Page<PersonView>)))]
#[get("/v1/people/{id}/reports")]
async fn list_reports(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    query: Query<ListReports>,
) -> Result<Page<PersonView>, Problem> {
    let mut tx = app.read().await?;
    check_is_readable(&mut tx, &viewer, *id).await?;
    let after = query.cursor.map_or(PersonId::first(), |cursor| cursor.0);
    let people = store::list_under(&mut tx, &viewer, *id, query.depth, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count_under(&mut tx, &viewer, *id, query.depth)).await?;
    page(&viewer, query.limit, people, total, |person| person.id)
}

list_query! {
    /// Paging of the reporting line.
    ListReportingLine from PersonId {}
}

/// List the managers of a person
///
/// Ordered from the direct manager upwards. The list is empty if the person has no manager.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path), ListReportingLine), responses((status = 200, body = Page<PersonView>)))]
#[get("/v1/people/{id}/reporting-line")]
async fn list_reporting_line(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    query: Query<ListReportingLine>,
) -> Result<Page<PersonView>, Problem> {
    let mut tx = app.read().await?;
    check_is_readable(&mut tx, &viewer, *id).await?;
    // The next page starts above the last person of the previous page.
    let lower = query.cursor.map_or(*id, |cursor| cursor.0);
    let people = store::list_upward(&mut tx, &viewer, lower, query.limit.and_one()).await?;
    let total = query.count.of(store::count_upward(&mut tx, &viewer, *id)).await?;
    page(&viewer, query.limit, people, total, |person| person.id)
}

async fn check_is_readable(tx: &mut Tx, viewer: &Viewer, id: PersonId) -> Result<(), Problem> {
    let person = person::store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    may_read(viewer, &person)
}
