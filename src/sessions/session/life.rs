//! The life of a session over HTTP: completed, cancelled, moved.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::read_again;
use super::full::SessionInFullView;
use super::model::{LengthMinutes, Session, When};
use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Once, Path, Seen};
use crate::ids::{PersonId, SessionId};
use crate::outbox::{self, Event};
use crate::policy::acts::ChangeSession;
use crate::policy::{Permit, Shown, Viewer, permit};
use crate::problem::Problem;
use crate::text::{Text, TimeZone};
use crate::time::Moment;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(complete_session).service(cancel_session).service(reschedule_session);
}

/// How a session went.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"outcome": "She will lead the next design review."})))]
pub struct CompleteSession {
    /// What came of it: for the two, the mentee's manager and the leads. What was said belongs
    /// into a note.
    #[schema(examples("She will lead the next design review."))]
    outcome: Option<Text>,
}

/// Says that a session took place, and what came of it.
///
/// Either of the two does, from an hour before it begins.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = CompleteSession, responses((status = 200, body = SessionInFullView)))]
#[post("/v1/sessions/{id}/complete")]
async fn complete_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    seen: Seen,
    input: Json<CompleteSession>,
    once: Once,
) -> Result<Shown<SessionInFullView>, Problem> {
    let outcome = input.into_inner().outcome;
    let rules = |session: &mut Session, by, now| session.complete(by, outcome, now);
    close(&app, &viewer, *id, &seen, &once, rules, Event::SessionCompleted(*id)).await
}

/// Why a session will not take place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"reason": "My child is ill."})))]
pub struct CancelSession {
    /// Why. For the two alone.
    #[schema(examples("My child is ill."))]
    reason: Option<Text>,
    /// Cancels the later sessions of its series, too, as far as they are still scheduled.
    #[serde(default)]
    and_following: bool,
}

/// Cancels a session.
///
/// Others who see the session learn that it was cancelled, not by whom nor why. To move it to
/// another time, reschedule it.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = CancelSession, responses((status = 200, body = SessionInFullView)))]
#[post("/v1/sessions/{id}/cancel")]
async fn cancel_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    seen: Seen,
    input: Json<CancelSession>,
    once: Once,
) -> Result<Shown<SessionInFullView>, Problem> {
    let CancelSession { reason, and_following } = input.into_inner();
    app.once(&viewer, &once, async |tx| {
        let (session, by) = permitted(tx, &viewer, *id, &seen).await?;
        let mut all = vec![session];
        if and_following {
            for session in store::list_following(tx, &all[0]).await? {
                all.push(permit::<ChangeSession, _>(&viewer, session)?);
            }
        }
        let now = app.clock.now();
        for session in all {
            let closed = session.change(|session| session.cancel(by, reason.clone(), now))?;
            store::save(tx, &closed).await?;
            outbox::add(tx, &app.clock, Event::SessionCancelled(closed.id), Some(closed.pair_id)).await?;
        }
        Ok(*id)
    })
    .await?;
    read_again(&app, &viewer, *id).await
}

/// When a session shall be instead.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"starts_at": "2027-03-09T15:00:00Z", "length_minutes": 30})))]
pub struct RescheduleSession {
    /// When it begins, to the second; not more than a day in the past and within two years.
    #[schema(examples("2027-03-09T15:00:00Z"))]
    starts_at: Moment,
    /// Where the clock of who schedules it stands; as before unless told.
    time_zone: Option<TimeZone>,
    /// How long it lasts, in minutes; as before unless told.
    length_minutes: Option<LengthMinutes>,
}

/// Moves a session to another time.
///
/// The old session is closed as `rescheduled`, and its successor is answered: the same calendar
/// event (`event_id`) with the next `sequence`. Place, link and agenda come along.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = RescheduleSession, responses((status = 201, body = SessionInFullView)))]
#[post("/v1/sessions/{id}/reschedule")]
async fn reschedule_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    seen: Seen,
    input: Json<RescheduleSession>,
    once: Once,
) -> Result<Shown<SessionInFullView>, Problem> {
    let RescheduleSession { starts_at, time_zone, length_minutes } = input.into_inner();
    let successor = app
        .once(&viewer, &once, async |tx| {
            let (session, by) = permitted(tx, &viewer, *id, &seen).await?;
            let (to, now) = (SessionId::new(&app.clock), app.clock.now());
            let successor =
                session.successor(to, When { starts_at: starts_at.into(), time_zone, length_minutes }, now)?;
            let moved = session.change(|session| session.move_to(to, by, now))?;
            store::insert_successor(tx, &moved, &successor).await?;
            store::save(tx, &moved).await?;
            outbox::add(tx, &app.clock, Event::SessionRescheduled(*id), Some(moved.pair_id)).await?;
            Ok(to)
        })
        .await?;
    Ok(read_again(&app, &viewer, successor).await?.created(format!("/v1/sessions/{successor}")))
}

/// The end of a session's life: leave, rules, the record, the event, the answer.
async fn close(
    app: &App,
    viewer: &Viewer,
    id: SessionId,
    seen: &Seen,
    once: &Once,
    rules: impl FnOnce(&mut Session, PersonId, DateTime<Utc>) -> Result<(), Problem>,
    event: Event,
) -> Result<Shown<SessionInFullView>, Problem> {
    app.once(viewer, once, async |tx| {
        let (session, by) = permitted(tx, viewer, id, seen).await?;
        let closed = session.change(|session| rules(session, by, app.clock.now()))?;
        store::save(tx, &closed).await?;
        outbox::add(tx, &app.clock, event, Some(closed.pair_id)).await?;
        Ok(id)
    })
    .await?;
    read_again(app, viewer, id).await
}

async fn permitted(
    tx: &mut Tx,
    viewer: &Viewer,
    id: SessionId,
    seen: &Seen,
) -> Result<(Permit<ChangeSession, Session>, PersonId), Problem> {
    store::hold_pair(tx, id).await?;
    let full = store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    seen.check(viewer, &full)?;
    let session = permit::<ChangeSession, _>(viewer, full.session)?;
    Ok((session, viewer.person().ok_or_else(Problem::not_found)?))
}
