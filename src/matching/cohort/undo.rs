//! What was published is taken back, as far as nothing has come of it.

use super::draft::store::{self as drafts, Published};
use super::job::Taken;
use super::model::{Cohort, CohortStatus};
use crate::http::App;
use crate::ids::CohortDraftId;
use crate::outbox::Event;
use crate::pairs::life::take_back;
use crate::policy::Viewer;
use crate::problem::Problem;

/// So many are looked for at once.
const AT_ONCE: i64 = 100;

/// Takes back the pairs in which nothing was begun; the others stay published.
pub(super) async fn undo(app: &App, taken: &Taken, cohort: &Cohort) -> Result<(), Problem> {
    let lead = Viewer::leading(cohort.lead_id, cohort.program_id).seen_by(app.trail(), cohort.id.uuid());
    let mut after = CohortDraftId::first();
    loop {
        let published = drafts::list_published(&mut app.look().await?, cohort.id, after, AT_ONCE).await?;
        let Some(last) = published.last() else { break };
        after = last.id;
        for draft in published {
            if !take_back_one(app, taken, &lead, &draft).await? {
                return Ok(());
            }
        }
    }
    taken.rest(app, CohortStatus::Drafted, None, Event::CohortUndone(cohort.id)).await
}

/// One unit of work a pair: each is held by itself. False where somebody else has taken the work up.
async fn take_back_one(app: &App, taken: &Taken, lead: &Viewer, draft: &Published) -> Result<bool, Problem> {
    let now = app.clock.now();
    let mut tx = app.write(lead).await?;
    tx.hold(draft.pair_id.into()).await?;
    if !taken.goes_on(&mut tx, now).await? {
        return Ok(false);
    }
    if drafts::has_begun(&mut tx, draft.pair_id).await? || !take_back(app, &mut tx, lead, draft.pair_id).await? {
        return Ok(true);
    }
    drafts::note_taken_back(&mut tx, draft.id, now).await?;
    tx.commit().await?;
    Ok(true)
}
