//! The reporting line over HTTP.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::store;
use crate::db::Tx;
use crate::http::{App, Cursor, Limit, Page, Path, Query, page};
use crate::ids::PersonId;
use crate::people::person;
use crate::people::person::api::PersonView;
use crate::policy::{Viewer, may_read};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_reports).service(list_reporting_line);
}

/// How far down to look.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// Those who report to the person directly.
    #[default]
    Direct,
    /// Those below them too.
    All,
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
    let limit = query.limit.and_one();
    let people = match query.depth {
        Depth::Direct => store::list_direct(&mut tx, &viewer, *id, after, limit).await?,
        Depth::All => store::list_all(&mut tx, &viewer, *id, after, limit).await?,
    };
    page(&viewer, query.limit, people, |person| person.id)
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
    page(&viewer, query.limit, people, |person| person.id)
}

async fn check_is_readable(tx: &mut Tx, viewer: &Viewer, id: PersonId) -> Result<(), Problem> {
    let person = person::store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    may_read(viewer, &person)
}
