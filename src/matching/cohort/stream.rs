//! A cohort as it changes.

use std::time::Duration;

use actix_web::get;
use actix_web::web::Data;
use chrono::TimeDelta;
use tokio::time::sleep;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Cohort;
use super::store;
use crate::auth::{Gate, Session};
use crate::db::Asker;
use crate::http::{App, EventStream, Events, Path, ServerSentEvent, event_stream};
use crate::ids::CohortId;
use crate::people::person::store::has_left;
use crate::policy::{Viewer, may_read, show};
use crate::problem::Problem;

/// Adds this route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(stream_cohort);
}

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(500);
/// After so many looks without news the line is kept open by a word.
const BEAT: u32 = 30;
/// A stream ends after this long, and the client comes again with a token that still holds.
const LONGEST: TimeDelta = TimeDelta::minutes(1);

/// Streams a cohort as it changes, until it rests.
///
/// Server-sent events for the leads of its program: each `cohort` has as its `data` what reading the cohort shows. The
/// first comes at once, the next ones as planning, publishing or undoing goes on; when the cohort rests the stream ends, and
/// after a minute, when clients come again by themselves.
#[utoipa::path(tag = "cohorts", params(("id" = CohortId, Path)),
    responses((status = 200, body = ServerSentEvent, content_type = "text/event-stream", description = "The cohort, one event a change.")))]
#[get("/v1/cohorts/{id}/stream")]
async fn stream_cohort(
    app: Data<App>,
    gate: Data<Gate>,
    session: Session,
    viewer: Viewer,
    id: Path<CohortId>,
) -> Result<EventStream, Problem> {
    // Who may not read it is told so before anything streams.
    let cohort = store::find(&mut app.look().await?, *id).await?.ok_or_else(Problem::not_found)?;
    may_read(&viewer, &cohort)?;
    let (to, stream) = event_stream(&gate, session);
    let asker = Asker::Viewer(viewer.subject.uuid());
    actix_web::rt::spawn(asker.scope(async move {
        if let Err(problem) = follow(&app, &viewer, *id, &to).await {
            tracing::warn!(code = %problem.code, cause = problem.cause, "a stream of a cohort broke off");
        }
    }));
    Ok(stream)
}

async fn follow(app: &App, viewer: &Viewer, id: CohortId, to: &Events) -> Result<(), Problem> {
    let ends_at = app.clock.now() + LONGEST;
    // Only people lead.
    let lead = viewer.person().ok_or_else(Problem::not_found)?;
    let (mut last, mut silent) = (None, 0);
    loop {
        let mut tx = app.read().await?;
        // Who has left since learns no more.
        if has_left(&mut tx, lead).await? {
            return Ok(());
        }
        let cohort = store::find_counted(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
        drop(tx);
        let (now, is_busy) = (state(&cohort), cohort.status.is_busy());
        let is_news = last.replace(now) != Some(now);
        silent = if is_news { 0 } else { (silent + 1) % BEAT };
        let told = match (is_news, silent) {
            (true, _) => to.send("cohort", cohort.updated_at.timestamp_millis(), &show(viewer, cohort)?).await,
            (false, 0) => to.beat().await,
            (false, _) => Ok(()),
        };
        if told.is_err() || !is_busy || app.is_stopping() || app.clock.now() >= ends_at {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}

/// What of a cohort changes while the service is at work on it.
fn state(cohort: &Cohort) -> impl Copy + PartialEq + use<> {
    let drafts = cohort.drafts;
    (cohort.status, cohort.step, [drafts.unmatched, drafts.drafted, drafts.published, drafts.failed])
}
