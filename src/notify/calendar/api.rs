//! One session as a calendar file.

use actix_web::get;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::calendar;
use super::entry::Entry;
use crate::http::{App, Path, Rendered};
use crate::ids::SessionId;
use crate::policy::{Viewer, show_all};
use crate::problem::Problem;
use crate::sessions::session::store;
use crate::sessions::session::views::SessionView;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_session_calendar);
}

/// Read a session as a calendar file
///
/// Open the file in a calendar program. The mentor, the mentee, the mentee's direct manager, the leads, and services
/// with `outcomes:read` may do this. Other viewers get 404. Only the mentor and the mentee get place and link. If the
/// session was rescheduled, the file has the new time. The `UID` is the same as in the invitation by mail, so that a
/// calendar shows one event.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), responses((status = 200, body = String, content_type = "text/calendar", description = "The session as an iCalendar event (RFC 5545).")))]
#[get("/v1/sessions/{id}/calendar.ics")]
async fn read_session_calendar(app: Data<App>, viewer: Viewer, id: Path<SessionId>) -> Result<Rendered, Problem> {
    let session = store::find_last(&mut app.read_one().await?, *id).await?.ok_or_else(Problem::not_found)?;
    let views = show_all(&viewer, vec![session])?;
    Ok(Rendered::new("text/calendar; charset=utf-8", &views, file))
}

fn file(sessions: &[SessionView]) -> String {
    calendar(None, &sessions.iter().filter_map(Entry::in_full).collect::<Vec<_>>())
}
