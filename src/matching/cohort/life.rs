//! What leads ask of a cohort: to be planned, planned again, published, taken back. The service does it beside the request.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{CohortView, read_again};
use super::job::Planner;
use super::model::{Cohort, CohortObjective, How, Penalty, Seconds, Seed};
use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Nothing, Once, Path, Seen};
use crate::ids::{CohortId, PersonId, ProgramId};
use crate::pairs::model::check_days;
use crate::policy::acts::{ChangeCohort, PlanCohort, PublishCohort};
use crate::policy::{Act, Changed, Permit, Shown, Takes, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::programs::model::Enrolling;
use crate::programs::store as programs;
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(plan_cohort).service(plan_cohort_again).service(publish_cohort).service(undo_cohort);
}

/// How to plan.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"objective": "nash", "seconds": 30, "seed": 7})))]
pub struct PlanInput {
    /// What the plan is to be best at: `total` unless told.
    #[serde(default)]
    #[schema(required = false)]
    objective: CohortObjective,
    /// Of `balance` alone: points of the score that each further pair of one mentor costs more than the one before; 300
    /// unless told.
    penalty: Option<Penalty>,
    /// For how long to look for the best plan at most, in seconds; 30 unless told. When the time is over the best plan
    /// found is drafted, and the certificate says how far from the best it may be.
    #[serde(default)]
    #[schema(required = false)]
    seconds: Seconds,
    /// Decides between equals; 0 unless told.
    seed: Option<Seed>,
}

impl From<PlanInput> for How {
    fn from(input: PlanInput) -> Self {
        let PlanInput { objective, penalty, seconds, seed } = input;
        Self { objective, penalty, seconds, seed: seed.unwrap_or(Seed::LEAST) }
    }
}

/// Matches a whole program at once: plans the best pairs for everybody who is enrolled, as drafts.
///
/// Leads of the program may. The answer comes at once, `planning`; when the cohort is `drafted`, its drafts are at
/// `/v1/cohorts/{id}/drafts`, each with its reasons, and coordinators get a notice. Nothing is paired before it is
/// published, and until then nobody but the leads knows of it.
///
/// Matched are mentees who are enrolled and have no mentor in this program, with mentors who are enrolled and have places
/// left, within all hard constraints of suggestions. Nobody is given a mentor whose score says "rather not". Two cohorts
/// of one program may be planned side by side: when they are published, no mentor gets more pairs than they have places.
/// 409 where nobody enrols in the program (`enrolling` is `none`).
#[utoipa::path(tag = "cohorts", params(("id" = ProgramId, Path)), request_body = PlanInput, responses((status = 201, body = CohortView)))]
#[post("/v1/programs/{id}/cohorts")]
async fn plan_cohort(
    app: Data<App>,
    planner: Data<Planner>,
    viewer: Viewer,
    id: Path<ProgramId>,
    input: Json<PlanInput>,
    once: Once,
) -> Result<Shown<CohortView>, Problem> {
    let how = How::from(input.into_inner());
    let id = app.once(&viewer, &once, async |tx| begin(&app, tx, &viewer, *id, how).await).await?;
    // Read before the work begins: the answer does not depend on how far that is.
    let asked = read_again(&app, &viewer, id).await;
    planner.start(id);
    Ok(asked?.created(format!("/v1/cohorts/{id}")))
}

async fn begin(app: &App, tx: &mut Tx, viewer: &Viewer, id: ProgramId, how: How) -> Result<CohortId, Problem> {
    let program = programs::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    let program = permit::<PlanCohort, _>(viewer, program)?;
    let lead = viewer.person().ok_or_else(|| Problem::new(Code::NotAllowed, "Only people plan cohorts."))?;
    how.check()?;
    if program.enrolling == Enrolling::None {
        return Err(Problem::wrong_state(
            "Nobody enrols in this program, so nobody knows whom to match: set its `enrolling`, and enrol people.",
        ));
    }
    let cohort = how.begin(CohortId::new(&app.clock), &program, lead, app.clock.now());
    store::insert(tx, &program, &cohort).await?;
    Ok(cohort.id)
}

/// Plans a cohort again: with whoever takes part by now, leaving what is locked, and without what was refused.
///
/// Leads of the program may, while it is `drafted` or `failed`. All other drafts are made anew. What is not told of how is
/// the default, not what it was planned with before.
#[utoipa::path(tag = "cohorts", params(("id" = CohortId, Path)), request_body = PlanInput, responses((status = 200, body = CohortView)))]
#[post("/v1/cohorts/{id}/plan")]
async fn plan_cohort_again(
    planner: Data<Planner>,
    viewer: Viewer,
    id: Path<CohortId>,
    seen: Seen,
    input: Json<PlanInput>,
    once: Once,
) -> Result<Shown<CohortView>, Problem> {
    let how = How::from(input.into_inner());
    how.check()?;
    ask::<ChangeCohort>(&planner, &viewer, *id, &seen, &once, async |_, cohort, lead, now| {
        cohort.change(|cohort| cohort.plan(how, lead, now))
    })
    .await
}

/// When the pairs of a cohort begin and end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"starts_on": "2026-03-02", "ends_on": "2027-02-26"})))]
pub struct PublishInput {
    /// First day; the day on which a pair is made unless told.
    starts_on: Option<Day>,
    /// Planned last day; the program's unless told.
    ends_on: Option<Day>,
}

/// Makes pairs of all drafts.
///
/// Leads of the program may. The answer comes at once, `publishing`, and the counts of `drafts` tell how far it is; when
/// it is `published` coordinators get a notice. The pairs are `active`, or `proposed` where the program asks both for their
/// yes; everybody in them is told. All rules are checked again: what they refuse by now is `failed`, with the `problem`,
/// and holds up nobody else. No mentor gets more pairs than they have places, whoever else makes pairs meanwhile.
#[utoipa::path(tag = "cohorts", params(("id" = CohortId, Path)), request_body = PublishInput, responses((status = 200, body = CohortView)))]
#[post("/v1/cohorts/{id}/publish")]
async fn publish_cohort(
    planner: Data<Planner>,
    viewer: Viewer,
    id: Path<CohortId>,
    seen: Seen,
    input: Json<PublishInput>,
    once: Once,
) -> Result<Shown<CohortView>, Problem> {
    let PublishInput { starts_on, ends_on } = input.into_inner();
    ask::<PublishCohort>(&planner, &viewer, *id, &seen, &once, async |tx, cohort, lead, now| {
        let terms = programs::find_terms(tx, cohort.program_id).await?.ok_or_else(Problem::not_found)?;
        let ends_on = ends_on.or(terms.ends_on);
        check_days(terms.model, starts_on.map_or(now.date_naive(), NaiveDate::from), ends_on.map(NaiveDate::from))?;
        cohort.change(|cohort| cohort.publish((starts_on, ends_on), lead, now))
    })
    .await
}

/// Takes the pairs of a cohort back.
///
/// Leads of the program may. The answer comes at once, `undoing`; then it is `drafted` again, to be changed and published
/// anew. Proposals are declined and pairs end, with the reason `other`. A pair that has a session or a goal by then stays:
/// its draft stays `published`. Everybody in them is told.
#[utoipa::path(tag = "cohorts", params(("id" = CohortId, Path)), request_body = Nothing, responses((status = 200, body = CohortView)))]
#[post("/v1/cohorts/{id}/undo")]
async fn undo_cohort(
    planner: Data<Planner>,
    viewer: Viewer,
    id: Path<CohortId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<CohortView>, Problem> {
    ask::<PublishCohort>(&planner, &viewer, *id, &seen, &once, async |_, cohort, lead, now| {
        cohort.change(|cohort| cohort.undo(lead, now))
    })
    .await
}

/// What a lead asks of a cohort: leave, rules, the record, the work, the answer.
async fn ask<A: Act>(
    planner: &Data<Planner>,
    viewer: &Viewer,
    id: CohortId,
    seen: &Seen,
    once: &Once,
    rules: impl AsyncFnOnce(&mut Tx, Permit<A, Cohort>, PersonId, DateTime<Utc>) -> Result<Changed<Cohort>, Problem>,
) -> Result<Shown<CohortView>, Problem>
where
    Cohort: Takes<A>,
{
    let app = planner.app();
    app.once(viewer, once, async |tx| {
        let cohort = store::hold(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
        seen.check(viewer, &cohort)?;
        let cohort = permit::<A, _>(viewer, cohort)?;
        // Only people lead.
        let lead = viewer.person().ok_or_else(Problem::not_found)?;
        let cohort = rules(tx, cohort, lead, app.clock.now()).await?;
        store::save(tx, &cohort).await?;
        Ok(id)
    })
    .await?;
    // Read before the work begins: the answer does not depend on how far that is.
    let asked = read_again(app, viewer, id).await;
    planner.start(id);
    asked
}
