//! Makes a plan: reads the participants, scores all combinations, runs the engine and writes the drafts. Each step
//! first renews the lease; if another process has claimed the round, planning stops here.

use std::time::Duration;

use super::claim::Claimed;
use super::model::{MatchingRound, MatchingRoundFailure, MatchingRoundStep};
use super::participants::Participants;
use super::scored::Scored;
use super::store::{self, Certificate};
use crate::http::App;
use crate::ids::MatchingDraftId;
use crate::matching::engine::round::{InstanceError, Plan};
use crate::matching::mentor_index::MentorIndex;
use crate::matching::round::draft::store::{self as drafts, NewDraft};
use crate::outbox::{self, Event};
use crate::problem::Problem;

/// Plans a claimed matching round.
pub(super) async fn plan(
    app: &App,
    mentor_index: &MentorIndex,
    claimed: &Claimed,
    round: &MatchingRound,
) -> Result<(), Problem> {
    let now = app.clock.now();
    if !claimed.begins(app, MatchingRoundStep::Reading).await? {
        return Ok(());
    }
    let participants = Participants::read(app, mentor_index, round, now).await?;
    if participants.are_too_many() {
        return too_large(app, claimed, round).await;
    }
    if !claimed.begins(app, MatchingRoundStep::Scoring).await? {
        return Ok(());
    }
    let mut scored = run_blocking(move || participants.scored(now)).await?;
    if !claimed.begins(app, MatchingRoundStep::Solving).await? {
        return Ok(());
    }
    let asked = round.clone();
    let (scored, plan) = run_blocking(move || {
        let plan = scored.plan((&asked).into(), Duration::from_secs(asked.seconds.unsigned_abs()));
        (scored, plan)
    })
    .await?;
    match plan {
        Ok(plan) if claimed.begins(app, MatchingRoundStep::Writing).await? => {
            write(app, claimed, round, &scored, &plan).await
        }
        Ok(_) => Ok(()),
        Err(InstanceError::TooLarge) => too_large(app, claimed, round).await,
        Err(misfit) => Err(Problem::internal(misfit)),
    }
}

async fn too_large(app: &App, claimed: &Claimed, round: &MatchingRound) -> Result<(), Problem> {
    let failure_reason = Some(MatchingRoundFailure::TooLarge);
    claimed.rest(app, round.without_plan(), failure_reason, Event::MatchingRoundFailed(round.id)).await
}

/// Runs long work on a thread of its own, so that requests do not wait for it.
async fn run_blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}

/// Replaces the drafts of the last plan, except locked and published ones.
async fn write(
    app: &App,
    claimed: &Claimed,
    round: &MatchingRound,
    scored: &Scored,
    plan: &Plan,
) -> Result<(), Problem> {
    let now = app.clock.now();
    let new = scored.drafts(plan).into_iter().map(|draft| NewDraft { id: MatchingDraftId::new(&app.clock), ..draft });
    let new: Vec<NewDraft> = new.collect();
    let found =
        Certificate { mentees: scored.mentees(), capacity: scored.places(), value: plan.value, bound: plan.bound };
    let mut tx = app.system_write().await?;
    // Locked as leaving and erasing do, so that no draft is written about a person who has left.
    tx.lock(round.program_id.into()).await?;
    tx.lock(round.id.into()).await?;
    drafts::clear(&mut tx, round.id, now.date_naive(), &scored.kept()).await?;
    drafts::insert_all(&mut tx, round, &new, now).await?;
    if store::note_planned(&mut tx, claimed.until(now), found, scored.model_version(), now).await? {
        outbox::add(&mut tx, &app.clock, Event::MatchingRoundDrafted(round.id), None).await?;
        tx.commit().await?;
    }
    Ok(())
}
