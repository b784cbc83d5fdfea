//! The reporting line over HTTP.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::store::{self, Depth};
use crate::db::Tx;
use crate::http::{App, Count, Cursor, Limit, Page, Path, Query, page};
use crate::ids::PersonId;
use crate::people::person;
use crate::people::person::api::PersonView;
use crate::policy::{Viewer, may_read};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_reports).service(list_reporting_line);
}

/// Which reports to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListReports {
    /// How far down to look; `direct` unless told.
    #[serde(default)]
    #[param(inline, required = false)]
    depth: Depth,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<PersonId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists the people who report to a person.
///
/// Those who left are not among them; whoever reports to somebody who left is, with `depth=all`.
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

/// Which part of the reporting line to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListReportingLine {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<PersonId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists the managers above a person, the direct one first.
///
/// For somebody who reports to nobody the list is empty.
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
    // The line goes on above the last person of the page before.
    let lower = query.cursor.map_or(*id, |cursor| cursor.0);
    let people = store::list_upward(&mut tx, &viewer, lower, query.limit.and_one()).await?;
    let total = query.count.of(store::count_upward(&mut tx, &viewer, *id)).await?;
    page(&viewer, query.limit, people, total, |person| person.id)
}

async fn check_is_readable(tx: &mut Tx, viewer: &Viewer, id: PersonId) -> Result<(), Problem> {
    let person = person::store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    may_read(viewer, &person)
}
