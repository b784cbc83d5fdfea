//! HTTP handler that reads the export.

use actix_web::get;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::gather::gather;
use super::model::ExportView;
use crate::http::App;
use crate::policy::{Shown, Viewer, show};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_export);
}

/// Read all your data in one document
///
/// The document starts with an index of its sections. It contains only data that you could also read one by one:
/// - data about you;
/// - texts that you wrote, also those that only you can read;
/// - texts of others in your pairs, as far as you may read them.
///
/// It does not contain the private texts of others, or records that you read as a manager or lead: those are in the
/// export of the person they are about. Only people have an export; for a service account the problem is `not_found`.
#[utoipa::path(tag = "privacy", responses((status = 200, body = ExportView)))]
#[get("/v1/me/export")]
async fn read_export(app: Data<App>, viewer: Viewer) -> Result<Shown<ExportView>, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.read().await?;
    show(&viewer, gather(&mut tx, &viewer, own, app.clock.now()).await?)
}
