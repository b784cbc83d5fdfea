//! Undoes a published matching round: takes back pairs that have no session and no goal.

use super::claim::Claimed;
use super::draft::store::{self as drafts, Published};
use super::model::{MatchingRound, MatchingRoundStatus};
use crate::http::App;
use crate::ids::MatchingDraftId;
use crate::outbox::Event;
use crate::pairs::life::withdraw_pair;
use crate::policy::Viewer;
use crate::problem::Problem;

/// Number of drafts read at once.
const BATCH: i64 = 100;

/// Takes back the pairs without a session or goal. The others stay published.
pub(super) async fn undo(app: &App, claimed: &Claimed, round: &MatchingRound) -> Result<(), Problem> {
    let lead = Viewer::leading(round.lead_id, round.program_id).recorded_in(app.audit_log(), round.id.uuid());
    let mut after = MatchingDraftId::first();
    loop {
        let published = drafts::list_published(&mut app.read_one().await?, round.id, after, BATCH).await?;
        let Some(last) = published.last() else { break };
        after = last.id;
        for draft in published {
            if !take_back_one(app, claimed, &lead, &draft).await? {
                return Ok(());
            }
        }
    }
    claimed.rest(app, MatchingRoundStatus::Drafted, None, Event::MatchingRoundUndone(round.id)).await
}

/// Takes one pair back, in a transaction of its own. False: another process has claimed the round.
async fn take_back_one(app: &App, claimed: &Claimed, lead: &Viewer, draft: &Published) -> Result<bool, Problem> {
    let now = app.clock.now();
    let mut tx = app.write(lead).await?;
    tx.lock(draft.pair_id.into()).await?;
    if !claimed.goes_on(&mut tx, now).await? {
        return Ok(false);
    }
    if drafts::has_begun(&mut tx, draft.pair_id).await? || !withdraw_pair(app, &mut tx, lead, draft.pair_id).await? {
        return Ok(true);
    }
    drafts::note_taken_back(&mut tx, draft.id, now).await?;
    tx.commit().await?;
    Ok(true)
}
