//! HTTP handlers that change the status of a pair.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{PairView, read};
use super::enrolled::check_enrolled;
use super::model::{EndReason, Pair, PairNote, PairNoteKind, PairStatus};
use super::store;
use crate::db::Tx;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
use crate::ids::PairId;
use crate::outbox::{self, Event};
use crate::people::person::store::change_load;
use crate::policy::acts::{AnswerPair, EndPair, PausePair};
use crate::policy::{Act, Changed, Shown, Takes, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(accept_pair).service(decline_pair).service(pause_pair).service(resume_pair).service(end_pair);
}

/// Accept a proposed pair
///
/// The mentor and the mentee each accept for themselves. The pair becomes `active` when both have accepted. Problems:
/// - `wrong_state`: the pair is not `proposed`, or the proposal has expired.
/// - `mentor_at_capacity`: the mentor has no free place any more.
/// - `person_not_active`: one of the two people is not active any more.
/// - `not_enrolled`: the program needs an enrolment that is missing, and no lead has overridden the rule.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = EmptyBody, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/accept")]
async fn accept_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<PairView>, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            let accept = |pair: &mut Pair, now| pair.accept(&viewer, now);
            let pair = write_status::<AnswerPair>(&app, tx, &viewer, *id, &seen, accept).await?;
            check_enrolled(tx, &viewer, &pair).await?;
            let event = if pair.is_running() { Event::PairStarted(*id) } else { Event::PairChanged(*id) };
            outbox::add(tx, &app.clock, event, Some(*id)).await?;
            Ok(*id)
        },
        async |tx, _| read(tx, &viewer, *id).await,
    )
    .await
}

/// Decline a proposed pair
///
/// The mentor or the mentee may do this, also the person who proposed the pair. The problem is `wrong_state` if the
/// pair is not `proposed` or the proposal has expired. A proposal expires after 14 days without an answer.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = EmptyBody, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/decline")]
async fn decline_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<PairView>, Problem> {
    change_status::<AnswerPair>(&app, &viewer, *id, &seen, &once, Pair::decline, Event::PairDeclined(*id)).await
}

/// Pause an active pair
///
/// The mentor, the mentee and the leads may do this. A paused pair still uses a place of the mentor. Until it is
/// resumed, no session can be scheduled and no goal can be set. The problem is `wrong_state` if the pair is not
/// `active`.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = EmptyBody, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/pause")]
async fn pause_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<PairView>, Problem> {
    change_status::<PausePair>(&app, &viewer, *id, &seen, &once, Pair::pause, Event::PairPaused(*id)).await
}

/// Resume a paused pair
///
/// The mentor, the mentee and the leads may do this. The problem is `wrong_state` if the pair is not `paused`.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = EmptyBody, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/resume")]
async fn resume_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<PairView>, Problem> {
    change_status::<PausePair>(&app, &viewer, *id, &seen, &once, Pair::resume, Event::PairResumed(*id)).await
}

/// End of a pair.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"reason": "goals_met", "outcome_summary": "She leads design reviews on her own.", "end_note": "Thank you for the year!"})))]
pub struct EndPairInput {
    /// Reason why the pair ends.
    reason: EndReason,
    /// Outcome of the pair. The mentor, the mentee, the mentee's manager and the leads see it. Absent: none.
    outcome_summary: Option<Text>,
    /// Closing note. Only the mentor and the mentee see it, and only they can write one. Absent: none.
    end_note: Option<Text>,
}

/// End a pair
///
/// The mentor, the mentee and the leads may do this, while the pair is `active` or `paused`; otherwise the problem is
/// `wrong_state`. An ended pair cannot be reopened, but the same two people can form a new pair. Future sessions are
/// cancelled within seconds, also in calendars. Past sessions and goals stay as they are.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = EndPairInput, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/end")]
async fn end_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Preconditions,
    input: Json<EndPairInput>,
    once: IdempotencyKey,
) -> Result<Shown<PairView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let ended = write_status::<EndPair>(&app, tx, &viewer, *id, &seen, |pair, now| {
                pair.end(viewer.person(), (input.reason, input.outcome_summary), now)
            })
            .await?;
            if let Some(text) = input.end_note {
                let party = viewer.person().filter(|_| ended.standing.has(&viewer));
                let author = party.ok_or_else(|| {
                    Problem::invalid(
                        "/end_note",
                        "must be absent: only the mentor and the mentee can write a closing note",
                    )
                })?;
                let note = PairNote::new(&app.clock, *id, author, PairNoteKind::EndNote, text);
                store::put_note(tx, ended.standing.two(ended.id), &note).await?;
            }
            outbox::add(tx, &app.clock, Event::PairEnded(*id), Some(*id)).await?;
            Ok(*id)
        },
        async |tx, _| read(tx, &viewer, *id).await,
    )
    .await
}

/// Withdraws a pair in the given transaction: a proposed pair is declined, an active or paused one ends. `false`: it
/// was over already.
pub async fn withdraw_pair(app: &App, tx: &mut Tx, viewer: &Viewer, id: PairId) -> Result<bool, Problem> {
    let by = viewer.person();
    let withdrawn =
        write_status::<EndPair>(app, tx, viewer, id, &Preconditions::default(), |pair, now| pair.withdraw(by, now))
            .await;
    match withdrawn {
        Ok(pair) => {
            let event =
                if pair.status == PairStatus::Declined { Event::PairDeclined(id) } else { Event::PairEnded(id) };
            outbox::add(tx, &app.clock, event, Some(id)).await?;
            Ok(true)
        }
        Err(problem) if problem.code == Code::WrongState => Ok(false),
        Err(problem) => Err(problem),
    }
}

/// Changes the status of a pair: permission, rules, load of the mentor, record, event, answer.
async fn change_status<A: Act>(
    app: &App,
    viewer: &Viewer,
    id: PairId,
    seen: &Preconditions,
    once: &IdempotencyKey,
    rules: impl FnOnce(&mut Pair, DateTime<Utc>) -> Result<(), Problem>,
    event: Event,
) -> Result<Shown<PairView>, Problem>
where
    Pair: Takes<A>,
{
    app.once(
        viewer,
        once,
        async |tx| {
            write_status::<A>(app, tx, viewer, id, seen, rules).await?;
            outbox::add(tx, &app.clock, event, Some(id)).await?;
            Ok(id)
        },
        async |tx, _| read(tx, viewer, id).await,
    )
    .await
}

async fn write_status<A: Act>(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    id: PairId,
    seen: &Preconditions,
    rules: impl FnOnce(&mut Pair, DateTime<Utc>) -> Result<(), Problem>,
) -> Result<Changed<Pair>, Problem>
where
    Pair: Takes<A>,
{
    // Writes to records of the pair take the same lock, so nothing starts in a pair that is ending.
    tx.lock(id.into()).await?;
    let pair = store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    seen.check(viewer, &pair)?;
    let (mentor, was_running) = (pair.standing.mentor_id, pair.is_running());
    let pair = permit::<A, _>(viewer, pair)?.change(|pair| rules(pair, app.clock.now()))?;
    match (was_running, pair.is_running()) {
        (false, true) => {
            // Since the proposal the mentor may have lost the free place, or one person may have left.
            tx.lock(mentor.into()).await?;
            store::check_can_start(tx, id).await?;
            change_load(tx, mentor, 1).await?;
        }
        (true, false) => {
            change_load(tx, mentor, -1).await?;
        }
        (true, true) | (false, false) => {}
    }
    store::save(tx, &pair).await?;
    Ok(pair)
}
