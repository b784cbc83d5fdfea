//! Whose turn it is: the first choice who can be asked has some days to answer, then the next.

use chrono::{DateTime, Utc};

use super::model::{MentorChoice, MentorRequest, MentorRequestStatus};
use super::store;
use crate::clock::Clock;
use crate::db::{Asker, Tx};
use crate::http::App;
use crate::ids::{MentorAskId, MentorRequestId};
use crate::matching::suggestion;
use crate::matching::suggestion::make::check_still_holds;
use crate::matching::suggestion::model::SuggestionStatus;
use crate::outbox::{self, Event};
use crate::problem::{Code, Problem};
use crate::programs::enrolment::model::EnrolmentRole;
use crate::programs::enrolment::store::is_enrolled;

/// Ends the turns whose time is over, and asks the next; ends the requests of those who left the program.
pub async fn pass_on(app: &App) -> sqlx::Result<()> {
    let mut after = MentorRequestId::first();
    loop {
        let left = store::list_left(&mut app.look().await?, after).await?;
        let Some((last,)) = left.last().copied() else { break };
        after = last;
        for (id,) in left {
            pass(app, id).await;
        }
    }
    let mut after = None;
    loop {
        let due = store::list_due(&mut app.look().await?, app.clock.now(), after).await?;
        let Some(last) = due.last().copied() else { return Ok(()) };
        after = Some(last);
        for (_, id) in due {
            pass(app, id).await;
        }
    }
}

/// Ends the turn where it is over, and asks the next: as the service, because no request does it. Instances
/// may do so at once, and who comes second finds it done. What fails, or is cut short, is done a minute later.
pub async fn pass(app: &App, id: MentorRequestId) {
    if let Err(problem) = Asker::Service.scope(end_turn(app, id)).await {
        tracing::warn!(%problem, %id, "a request for a mentor is not passed on now");
    }
}

async fn end_turn(app: &App, id: MentorRequestId) -> Result<(), Problem> {
    let mut tx = app.chore().await?;
    let Some(mut request) = store::hold_unseen(&mut tx, id).await? else { return Ok(()) };
    if has_left(&mut tx, &request).await? {
        request.withdraw(app.clock.now())?;
        store::save(&mut tx, &request).await?;
        outbox::add(&mut tx, &app.clock, Event::MentorRequestWithdrawn(id), None).await?;
        tx.commit().await?;
    } else if request.lapse(app.clock.now()) {
        // Two requests may want the same mentor's last place.
        store::hold_people(&mut tx, request.people()).await?;
        next(&mut tx, &app.clock, &mut request).await?;
        store::save(&mut tx, &request).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Whether the mentee takes no part any more in the program of a live request.
async fn has_left(tx: &mut Tx, request: &MentorRequest) -> Result<bool, Problem> {
    let Some(program) = request.program_id.filter(|_| request.status == MentorRequestStatus::Open) else {
        return Ok(false);
    };
    Ok(!is_enrolled(tx, program, request.mentee_id, EnrolmentRole::Mentee).await?)
}

/// Gives the turn to the next who can be asked, and tells of it.
async fn next(tx: &mut Tx, clock: &Clock, request: &mut MentorRequest) -> Result<(), Problem> {
    let now = clock.now();
    let (is_first, ask) = (request.waiting().count() == request.choices.len(), MentorAskId::new(clock));
    let mut rank = None;
    for choice in request.waiting() {
        if can_be_asked(tx, request, choice, now).await? {
            rank = Some(choice.rank);
            break;
        }
    }
    request.pass_to(rank, ask, now);
    if request.status == MentorRequestStatus::Exhausted {
        outbox::add(tx, clock, Event::MentorRequestExhausted(request.id), None).await?;
        return Ok(());
    }
    if !is_first {
        outbox::add(tx, clock, Event::MentorRequestPassedOn(request.id), None).await?;
    }
    Ok(outbox::add(tx, clock, Event::MentorAskMade(ask), None).await?)
}

/// Whether the rules of pairs would let the two begin, the mentee has no other mentor in the program by now, and this one
/// has not as many to answer as places.
async fn can_be_asked(
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
    Ok(store::find_room(tx, choice.mentor_id, request.program_id, now).await?.has_turn())
}
