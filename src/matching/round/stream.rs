//! Stream of the progress of a matching round.

use std::time::Duration;

use actix_web::get;
use actix_web::web::Data;
use chrono::TimeDelta;
use tokio::time::sleep;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::MatchingRound;
use super::store;
use crate::auth::{Authenticator, Session};
use crate::db::OnBehalfOf;
use crate::http::{App, EventStream, Events, Path, ServerSentEvent, event_stream};
use crate::ids::MatchingRoundId;
use crate::people::person::store::has_left;
use crate::policy::{Viewer, may_read, show};
use crate::problem::Problem;

/// Adds this route.
pub fn routes(config: &mut ServiceConfig) {
    config.service(stream_matching_round);
}

/// Pause between two reads.
const PAUSE: Duration = Duration::from_millis(500);
/// After this many reads without a change, a comment keeps the connection open.
const BEAT: u32 = 30;
/// A stream ends after this time. The client then connects again, so that its token is checked again.
const LONGEST: TimeDelta = TimeDelta::minutes(1);

/// Stream a matching round
///
/// Sends server-sent events until the service has finished its work. Leads of the program and admins may open the
/// stream.
///
/// - Each event `matching_round` has as `data` what reading the matching round returns.
/// - The first event comes at once. Another one comes after each change of the status, the step or the counts of
///   drafts.
/// - The stream ends when planning, publishing or undoing is done, and after a minute at the latest. Clients connect
///   again by themselves.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingRoundId, Path)),
    responses((status = 200, body = ServerSentEvent, content_type = "text/event-stream", description = "One event for each change of the matching round.")))]
#[get("/v1/matching-rounds/{id}/stream")]
async fn stream_matching_round(
    app: Data<App>,
    auth: Data<Authenticator>,
    session: Session,
    viewer: Viewer,
    id: Path<MatchingRoundId>,
) -> Result<EventStream, Problem> {
    // Checked before the stream opens, so that a refusal is an ordinary problem.
    let round = store::find(&mut app.read_one().await?, *id).await?.ok_or_else(Problem::not_found)?;
    may_read(&viewer, &round)?;
    let (to, stream) = event_stream(&auth, session);
    let asker = OnBehalfOf::Viewer(viewer.subject.uuid());
    actix_web::rt::spawn(asker.scope(async move {
        if let Err(problem) = follow(&app, &viewer, *id, &to).await {
            tracing::warn!(
                event = "matching_round.stream_failed", code = %problem.code, cause = problem.cause,
                "matching round: a progress stream ended early; nothing is lost; the client connects again"
            );
        }
    }));
    Ok(stream)
}

async fn follow(app: &App, viewer: &Viewer, id: MatchingRoundId, to: &Events) -> Result<(), Problem> {
    let ends_at = app.clock.now() + LONGEST;
    // Only a person can be a lead.
    let lead = viewer.person().ok_or_else(Problem::not_found)?;
    let (mut last, mut silent) = (None, 0);
    loop {
        let mut tx = app.read().await?;
        // A lead who left the organisation gets no more events.
        if has_left(&mut tx, lead).await? {
            return Ok(());
        }
        let round = store::find_counted(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
        drop(tx);
        let (now, is_busy) = (state(&round), round.status.is_busy());
        let is_news = last.replace(now) != Some(now);
        silent = if is_news { 0 } else { (silent + 1) % BEAT };
        let sent = match (is_news, silent) {
            (true, _) => to.send("matching_round", round.updated_at.timestamp_millis(), &show(viewer, round)?).await,
            (false, 0) => to.keep_alive().await,
            (false, _) => Ok(()),
        };
        if sent.is_err() || !is_busy || app.is_stopping() || app.clock.now() >= ends_at {
            return Ok(());
        }
        sleep(PAUSE).await;
    }
}

/// The parts of a matching round that change while the service works on it.
fn state(round: &MatchingRound) -> impl Copy + PartialEq + use<> {
    let drafts = round.drafts;
    (round.status, round.step, [drafts.unmatched, drafts.drafted, drafts.published, drafts.failed])
}
