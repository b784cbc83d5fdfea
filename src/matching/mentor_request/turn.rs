//! Turns of a mentor request: the first available choice is invited and has some days to answer, then the next one.

use chrono::{DateTime, Utc};

use super::model::{MentorChoice, MentorRequest, MentorRequestStatus};
use super::store;
use crate::clock::Clock;
use crate::db::{OnBehalfOf, Tx};
use crate::http::App;
use crate::ids::{MentorInvitationId, MentorRequestId};
use crate::matching::suggestion;
use crate::matching::suggestion::make::check_still_holds;
use crate::matching::suggestion::model::SuggestionStatus;
use crate::outbox::{self, Event};
use crate::problem::{Code, Problem};
use crate::programs::enrolment::model::EnrolmentRole;
use crate::programs::enrolment::store::is_enrolled;

/// Ends turns whose time is over and invites the next mentor. Withdraws requests of mentees who left the program.
pub async fn pass_on(app: &App) -> sqlx::Result<()> {
    let mut after = MentorRequestId::first();
    loop {
        let left = store::list_left(&mut app.read_one().await?, after).await?;
        let Some((last,)) = left.last().copied() else { break };
        after = last;
        for (id,) in left {
            pass(app, id).await;
        }
    }
    let mut after = None;
    loop {
        let due = store::list_due(&mut app.read_one().await?, app.clock.now(), after).await?;
        let Some(last) = due.last().copied() else { return Ok(()) };
        after = Some(last);
        for (_, id) in due {
            pass(app, id).await;
        }
    }
}

/// Ends the turn if it is over and invites the next mentor. It runs as the service, because no request asks for it.
/// Several processes may do so at once; the second one finds it done. A failed call is repeated a minute later.
pub async fn pass(app: &App, id: MentorRequestId) {
    if let Err(problem) = OnBehalfOf::Service.scope(end_turn(app, id)).await {
        tracing::warn!(
            event = "mentor_request.turn_failed", retry_seconds = 60, %id, code = %problem.code, cause = problem.cause,
            "mentor request: a turn could not be ended; the request stays as it is; retrying within 1 minute"
        );
    }
}

async fn end_turn(app: &App, id: MentorRequestId) -> Result<(), Problem> {
    let mut tx = app.system_write().await?;
    let Some(mut request) = store::find_unread_for_update(&mut tx, id).await? else { return Ok(()) };
    if has_left(&mut tx, &request).await? {
        request.withdraw(app.clock.now())?;
        store::save(&mut tx, &request).await?;
        outbox::add(&mut tx, &app.clock, Event::MentorRequestWithdrawn(id), None).await?;
        tx.commit().await?;
    } else if request.lapse(app.clock.now()) {
        // Locked, because two requests may want the last place of the same mentor.
        store::lock_people(&mut tx, request.people()).await?;
        next(&mut tx, &app.clock, &mut request).await?;
        store::save(&mut tx, &request).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Whether the mentee of an open request is no longer enrolled in its program.
async fn has_left(tx: &mut Tx, request: &MentorRequest) -> Result<bool, Problem> {
    let Some(program) = request.program_id.filter(|_| request.status == MentorRequestStatus::Open) else {
        return Ok(false);
    };
    Ok(!is_enrolled(tx, program, request.mentee_id, EnrolmentRole::Mentee).await?)
}

/// Invites the next available mentor, and adds the events.
async fn next(tx: &mut Tx, clock: &Clock, request: &mut MentorRequest) -> Result<(), Problem> {
    let now = clock.now();
    let (is_first, invitation) = (request.waiting().count() == request.choices.len(), MentorInvitationId::new(clock));
    let mut rank = None;
    for choice in request.waiting() {
        if can_be_invited(tx, request, choice, now).await? {
            rank = Some(choice.rank);
            break;
        }
    }
    request.pass_to(rank, invitation, now);
    if request.status == MentorRequestStatus::Exhausted {
        outbox::add(tx, clock, Event::MentorRequestExhausted(request.id), None).await?;
        return Ok(());
    }
    if !is_first {
        outbox::add(tx, clock, Event::MentorRequestPassedOn(request.id), None).await?;
    }
    Ok(outbox::add(tx, clock, Event::MentorInvitationMade(invitation), None).await?)
}

/// Whether the mentor can be invited: the suggestion still holds, the mentee has no other mentor in the program, and a
/// free place is left for one more invitation.
async fn can_be_invited(
    tx: &mut Tx,
    request: &MentorRequest,
    choice: &MentorChoice,
    now: DateTime<Utc>,
) -> Result<bool, Problem> {
    let suggestion = suggestion::store::find(tx, choice.suggestion_id).await?;
    let Some(suggestion) = suggestion.filter(|found| found.status == SuggestionStatus::Open) else { return Ok(false) };
    match check_still_holds(tx, &suggestion, now).await {
        Ok(()) => {}
        Err(problem) if problem.code == Code::SuggestionStale => return Ok(false),
        Err(problem) => return Err(problem),
    }
    if store::has_mentor(tx, request.mentee_id, request.program_id).await? {
        return Ok(false);
    }
    Ok(store::find_free_places(tx, choice.mentor_id, request.program_id, now).await?.has_turn())
}
