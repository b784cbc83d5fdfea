//! HTTP handlers that complete, cancel and reschedule sessions.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::read;
use super::full::{self, SessionInFullView};
use super::model::{LengthMinutes, Session, When};
use super::store;
use crate::db::Tx;
use crate::http::{App, IdempotencyKey, Json, Path, Preconditions};
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

/// Outcome of a session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"outcome": "She will lead the next design review."})))]
pub struct CompleteSession {
    /// Outcome of the session. The mentor, the mentee, the mentee's manager and the leads see it. Write confidential
    /// things into a note instead. Absent: no outcome.
    #[schema(examples("She will lead the next design review."))]
    outcome: Option<Text>,
}

/// Complete a session
///
/// Says that the session took place and records its outcome. The mentor or the mentee may do this, at the earliest one
/// hour before the session starts. The problem is `wrong_state` if it is too early or the session is not `scheduled`.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = CompleteSession, responses((status = 200, body = SessionInFullView)))]
#[post("/v1/sessions/{id}/complete")]
async fn complete_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    seen: Preconditions,
    input: Json<CompleteSession>,
    once: IdempotencyKey,
) -> Result<Shown<SessionInFullView>, Problem> {
    let outcome = input.into_inner().outcome;
    let rules = |session: &mut Session, by, now| session.complete(by, outcome, now);

    change_status(&app, &viewer, *id, &seen, &once, rules, Event::SessionCompleted(*id)).await
}

/// Cancellation of a session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"reason": "My child is ill."})))]
pub struct CancelSession {
    /// Reason for the cancellation. Only the mentor and the mentee see it. Absent: no reason.
    #[schema(examples("My child is ill."))]
    reason: Option<Text>,
    /// `true`: the later sessions of the series are cancelled too, if they are still `scheduled`. Default: `false`.
    #[serde(default)]
    and_following: bool,
}

/// Cancel a session
///
/// The mentor or the mentee may do this, while the session is `scheduled`; otherwise the problem is `wrong_state`.
/// Other people who see the session learn that it was cancelled, but not by which person and not why. To move the
/// session to another time, reschedule it.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = CancelSession, responses((status = 200, body = SessionInFullView)))]
#[post("/v1/sessions/{id}/cancel")]
async fn cancel_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    seen: Preconditions,
    input: Json<CancelSession>,
    once: IdempotencyKey,
) -> Result<Shown<SessionInFullView>, Problem> {
    let CancelSession { reason, and_following } = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let session = permitted(tx, &viewer, *id, &seen).await?;
            let by = session.person();
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
        },
        async |tx, _| read(tx, &viewer, *id).await,
    )
    .await
}

/// New time of a session.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"starts_at": "2027-03-09T15:00:00Z", "length_minutes": 30})))]
pub struct RescheduleSession {
    /// New start, to the second. At most one day in the past and at most two years ahead.
    #[schema(examples("2027-03-09T15:00:00Z"))]
    starts_at: Moment,
    /// Time zone of the person who schedules the session. Default: unchanged.
    time_zone: Option<TimeZone>,
    /// Length in minutes. Default: unchanged.
    length_minutes: Option<LengthMinutes>,
}

/// Reschedule a session
///
/// The mentor or the mentee may do this, while the session is `scheduled` and the pair is `active`; otherwise the
/// problem is `wrong_state`. The old session gets the status `rescheduled`. The answer is the new session: it has the
/// same `event_id` and the next `sequence`. It keeps place and link, and the agenda moves to it.
#[utoipa::path(tag = "sessions", params(("id" = SessionId, Path)), request_body = RescheduleSession, responses((status = 201, body = SessionInFullView)))]
#[post("/v1/sessions/{id}/reschedule")]
async fn reschedule_session(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SessionId>,
    seen: Preconditions,
    input: Json<RescheduleSession>,
    once: IdempotencyKey,
) -> Result<Shown<SessionInFullView>, Problem> {
    let RescheduleSession { starts_at, time_zone, length_minutes } = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let session = permitted(tx, &viewer, *id, &seen).await?;
            let by = session.person();
            let (to, now) = (SessionId::new(&app.clock), app.clock.now());
            let successor =
                session.successor(to, When { starts_at: starts_at.into(), time_zone, length_minutes }, now)?;
            let moved = session.change(|session| session.move_to(to, by, now))?;
            store::insert_successor(tx, &moved, &successor).await?;
            store::save(tx, &moved).await?;
            outbox::add(tx, &app.clock, Event::SessionRescheduled(*id), Some(moved.pair_id)).await?;
            Ok(to)
        },
        async |tx, successor| Ok(read(tx, &viewer, successor).await?.created(format!("/v1/sessions/{successor}"))),
    )
    .await
}

/// Changes the status of a session: permission, rules, record, event, answer.
async fn change_status(
    app: &App,
    viewer: &Viewer,
    id: SessionId,
    seen: &Preconditions,
    once: &IdempotencyKey,
    rules: impl FnOnce(&mut Session, PersonId, DateTime<Utc>) -> Result<(), Problem>,
    event: Event,
) -> Result<Shown<SessionInFullView>, Problem> {
    app.once(
        viewer,
        once,
        async |tx| {
            let session = permitted(tx, viewer, id, seen).await?;
            let by = session.person();
            let closed = session.change(|session| rules(session, by, app.clock.now()))?;
            store::save(tx, &closed).await?;
            outbox::add(tx, &app.clock, event, Some(closed.pair_id)).await?;
            Ok(id)
        },
        async |tx, _| read(tx, viewer, id).await,
    )
    .await
}

async fn permitted(
    tx: &mut Tx,
    viewer: &Viewer,
    id: SessionId,
    seen: &Preconditions,
) -> Result<Permit<ChangeSession, Session>, Problem> {
    store::find_pair_for_update(tx, id).await?;
    let full = full::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    seen.check(viewer, &full)?;
    permit::<ChangeSession, _>(viewer, full.session)
}
