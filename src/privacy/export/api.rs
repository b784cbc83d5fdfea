//! Exports over HTTP.

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

/// Reads everything that is kept of you and by you, in one document.
///
/// It begins with an index that says what each section holds. Everything in it you could also read
/// one by one: what you wrote, also for yourself alone, and what others wrote in your pairs as far
/// as you may read it; nothing that others keep for themselves. What you read as somebody's manager
/// or lead is theirs, and in their export. For people; a service has none.
#[utoipa::path(tag = "privacy", responses((status = 200, body = ExportView)))]
#[get("/v1/me/export")]
async fn read_export(app: Data<App>, viewer: Viewer) -> Result<Shown<ExportView>, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.read().await?;
    show(&viewer, gather(&mut tx, &viewer, own, app.clock.now()).await?)
}
