//! The life of a pair over HTTP: each act one step.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{PairView, read_again};
use super::enrolled::check_enrolled;
use super::model::{EndReason, Pair, PairNote, PairNoteKind, PairStatus};
use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Nothing, Once, Path, Seen};
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

/// Says yes to a proposed pair.
///
/// Each of the two for themselves; it begins when both have. By then the mentor may be full
/// (`mentor_at_capacity`), or one of them gone (`person_not_active`). In a program that people enrol in, who says yes takes
/// part in it (`not_enrolled`), unless a lead set that aside.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = Nothing, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/accept")]
async fn accept_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<PairView>, Problem> {
    app.once(&viewer, &once, async |tx| {
        let accept = |pair: &mut Pair, now| pair.accept(&viewer, now);
        let pair = change_life::<AnswerPair>(&app, tx, &viewer, *id, &seen, accept).await?;
        check_enrolled(tx, &viewer, &pair).await?;
        let event = if pair.is_running() { Event::PairStarted(*id) } else { Event::PairChanged(*id) };
        outbox::add(tx, &app.clock, event, Some(*id)).await?;
        Ok(*id)
    })
    .await?;
    read_again(&app, &viewer, *id).await
}

/// Says no to a proposed pair.
///
/// Either of the two may, who proposed it too; a proposal that nobody answers lapses after 14
/// days.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = Nothing, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/decline")]
async fn decline_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<PairView>, Problem> {
    live_on::<AnswerPair>(&app, &viewer, *id, &seen, &once, Pair::decline, Event::PairDeclined(*id)).await
}

/// Lets an active pair rest.
///
/// The two and the leads may. It keeps its place with the mentor; nothing new is scheduled and no
/// goal is set until it is resumed.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = Nothing, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/pause")]
async fn pause_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<PairView>, Problem> {
    live_on::<PausePair>(&app, &viewer, *id, &seen, &once, Pair::pause, Event::PairPaused(*id)).await
}

/// Lets a paused pair go on.
///
/// The two and the leads may.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = Nothing, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/resume")]
async fn resume_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<PairView>, Problem> {
    live_on::<PausePair>(&app, &viewer, *id, &seen, &once, Pair::resume, Event::PairResumed(*id)).await
}

/// How a pair ends.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"reason": "goals_met", "outcome_summary": "She leads design reviews on her own.", "end_note": "Thank you for the year!"})))]
pub struct EndPairInput {
    /// Why.
    reason: EndReason,
    /// What came of it: for the two, the mentee's manager and the leads.
    outcome_summary: Option<Text>,
    /// A word at the end: for the two alone. Only a party can leave one.
    end_note: Option<Text>,
}

/// Ends a pair, for good.
///
/// The two and the leads may, while it is `active` or `paused`. Its sessions to come are cancelled
/// within seconds, which calendars are told; what was, and its goals, stay as they are. A new pair of
/// the same two begins anew.
#[utoipa::path(tag = "pairs", params(("id" = PairId, Path)), request_body = EndPairInput, responses((status = 200, body = PairView)))]
#[post("/v1/pairs/{id}/end")]
async fn end_pair(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PairId>,
    seen: Seen,
    input: Json<EndPairInput>,
    once: Once,
) -> Result<Shown<PairView>, Problem> {
    let input = input.into_inner();
    app.once(&viewer, &once, async |tx| {
        let ended = change_life::<EndPair>(&app, tx, &viewer, *id, &seen, |pair, now| {
            pair.end(viewer.person(), (input.reason, input.outcome_summary), now)
        })
        .await?;
        if let Some(text) = input.end_note {
            let party = viewer.person().filter(|_| ended.standing.has(&viewer));
            let author =
                party.ok_or_else(|| Problem::invalid("/end_note", "only the two can leave a note at the end"))?;
            let note = PairNote::new(&app.clock, *id, author, PairNoteKind::EndNote, text);
            store::put_note(tx, ended.standing.two(ended.id), &note).await?;
        }
        outbox::add(tx, &app.clock, Event::PairEnded(*id), Some(*id)).await?;
        Ok(*id)
    })
    .await?;
    read_again(&app, &viewer, *id).await
}

/// Takes back a pair within a unit of work: a proposal is declined, what runs ends. False where it is over already.
pub async fn take_back(app: &App, tx: &mut Tx, viewer: &Viewer, id: PairId) -> Result<bool, Problem> {
    let by = viewer.person();
    let taken =
        change_life::<EndPair>(app, tx, viewer, id, &Seen::default(), |pair, now| pair.take_back(by, now)).await;
    match taken {
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

/// One step of a pair's life: leave, rules, the mentor's load, the record, the event, the answer.
async fn live_on<A: Act>(
    app: &App,
    viewer: &Viewer,
    id: PairId,
    seen: &Seen,
    once: &Once,
    rules: impl FnOnce(&mut Pair, DateTime<Utc>) -> Result<(), Problem>,
    event: Event,
) -> Result<Shown<PairView>, Problem>
where
    Pair: Takes<A>,
{
    app.once(viewer, once, async |tx| {
        change_life::<A>(app, tx, viewer, id, seen, rules).await?;
        outbox::add(tx, &app.clock, event, Some(id)).await?;
        Ok(id)
    })
    .await?;
    read_again(app, viewer, id).await
}

async fn change_life<A: Act>(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    id: PairId,
    seen: &Seen,
    rules: impl FnOnce(&mut Pair, DateTime<Utc>) -> Result<(), Problem>,
) -> Result<Changed<Pair>, Problem>
where
    Pair: Takes<A>,
{
    // Whatever is written under the pair holds it, too: nothing is begun in one that just ends.
    tx.hold(id.into()).await?;
    let pair = store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    seen.check(viewer, &pair)?;
    let (mentor, was_running) = (pair.standing.mentor_id, pair.is_running());
    let pair = permit::<A, _>(viewer, pair)?.change(|pair| rules(pair, app.clock.now()))?;
    match (was_running, pair.is_running()) {
        (false, true) => {
            // Others may have filled the mentor's places, or left, since it was proposed.
            tx.hold(mentor.into()).await?;
            store::check_can_begin(tx, id).await?;
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
