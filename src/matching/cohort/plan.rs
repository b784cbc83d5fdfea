//! How a plan is made: who takes part is read, everybody is scored with everybody, the engine plans, the drafts are
//! written. Each step says that it begins; whoever finds that another instance has taken the work up leaves it.

use std::time::Duration;

use super::entrants::Entrants;
use super::job::Taken;
use super::model::{Cohort, CohortStep, CohortTrouble};
use super::scored::Scored;
use super::store::{self, Certificate};
use crate::http::App;
use crate::ids::CohortDraftId;
use crate::matching::cohort::draft::store::{self as drafts, NewDraft};
use crate::matching::engine::cohort::{Misfit, Plan};
use crate::matching::roster::Roster;
use crate::outbox::{self, Event};
use crate::problem::Problem;

/// Plans a cohort that was taken up.
pub(super) async fn plan(app: &App, roster: &Roster, taken: &Taken, cohort: &Cohort) -> Result<(), Problem> {
    let now = app.clock.now();
    if !taken.begins(app, CohortStep::Reading).await? {
        return Ok(());
    }
    let entrants = Entrants::read(app, roster, cohort, now).await?;
    if entrants.are_too_many() {
        return too_large(app, taken, cohort).await;
    }
    if !taken.begins(app, CohortStep::Scoring).await? {
        return Ok(());
    }
    let mut scored = off_the_loop(move || entrants.scored(now)).await?;
    if !taken.begins(app, CohortStep::Solving).await? {
        return Ok(());
    }
    let asked = cohort.clone();
    let (scored, plan) = off_the_loop(move || {
        let plan = scored.plan((&asked).into(), Duration::from_secs(asked.seconds.unsigned_abs()));
        (scored, plan)
    })
    .await?;
    match plan {
        Ok(plan) if taken.begins(app, CohortStep::Writing).await? => write(app, taken, cohort, &scored, &plan).await,
        Ok(_) => Ok(()),
        Err(Misfit::TooLarge) => too_large(app, taken, cohort).await,
        Err(misfit) => Err(Problem::internal(misfit)),
    }
}

async fn too_large(app: &App, taken: &Taken, cohort: &Cohort) -> Result<(), Problem> {
    let trouble = Some(CohortTrouble::TooLarge);
    taken.rest(app, cohort.without_plan(), trouble, Event::CohortFailed(cohort.id)).await
}

/// Does what takes a while where nobody else waits for it.
async fn off_the_loop<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(Problem::internal)
}

/// Writes the drafts in the place of those before, but for those that are locked or published.
async fn write(app: &App, taken: &Taken, cohort: &Cohort, scored: &Scored, plan: &Plan) -> Result<(), Problem> {
    let now = app.clock.now();
    let new = scored.drafts(plan).into_iter().map(|draft| NewDraft { id: CohortDraftId::new(&app.clock), ..draft });
    let new: Vec<NewDraft> = new.collect();
    let found =
        Certificate { mentees: scored.mentees(), places: scored.places(), value: plan.value, bound: plan.bound };
    let mut tx = app.chore().await?;
    // As who leaves or is erased does: so that nothing is written of them after they went.
    tx.hold(cohort.program_id.into()).await?;
    tx.hold(cohort.id.into()).await?;
    drafts::clear(&mut tx, cohort.id, now.date_naive(), &scored.kept()).await?;
    drafts::insert_all(&mut tx, cohort, &new, now).await?;
    if store::note_planned(&mut tx, taken.until(now), found, scored.model_version(), now).await? {
        outbox::add(&mut tx, &app.clock, Event::CohortDrafted(cohort.id), None).await?;
        tx.commit().await?;
    }
    Ok(())
}
