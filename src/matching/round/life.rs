//! HTTP operations that plan, publish and undo matching rounds. The work is done in the background, after the answer.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{MatchingRoundView, read};
use super::job::Planner;
use super::model::{How, MatchingRound, MatchingRoundObjective, Penalty, Seconds, Seed};
use super::store;
use crate::db::Tx;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
use crate::ids::{MatchingRoundId, PersonId, ProgramId};
use crate::pairs::model::check_days;
use crate::policy::acts::{ChangeMatchingRound, PlanMatchingRound, PublishMatchingRound};
use crate::policy::{ByPerson, Changed, Permit, Shown, Takes, Viewer, permit};
use crate::problem::Problem;
use crate::programs::model::Enrolling;
use crate::programs::store as programs;
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(plan_matching_round)
        .service(plan_matching_round_again)
        .service(publish_matching_round)
        .service(undo_matching_round);
}

/// Settings of planning.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"objective": "nash", "seconds": 30, "seed": 7})))]
pub struct PlanInput {
    /// Objective of the plan. Default: `total`.
    #[serde(default)]
    #[schema(required = false)]
    objective: MatchingRoundObjective,
    /// Penalty of the objective `balance`, in points of the score: the second pair of a mentor costs it once, the third
    /// twice, and so on. Default: 300. Refused with another objective.
    penalty: Option<Penalty>,
    /// Time limit for planning, in seconds. Default: 30. At the limit the service keeps the best plan found so far, and
    /// `certificate` shows how far it may be from the best.
    #[serde(default)]
    #[schema(required = false)]
    seconds: Seconds,
    /// Seed that decides between equally good plans. Default: 0.
    seed: Option<Seed>,
}

impl From<PlanInput> for How {
    fn from(input: PlanInput) -> Self {
        let PlanInput { objective, penalty, seconds, seed } = input;
        Self { objective, penalty, seconds, seed: seed.unwrap_or(Seed::LEAST) }
    }
}

/// Plan a matching round
///
/// Plans the best pairs for all people who are enrolled in a program, as drafts. Leads of the program and admins may do
/// this.
///
/// - The answer comes at once, with the status `planning`. When the status is `drafted`, read the drafts at
///   `/v1/matching-rounds/{id}/drafts`. The coordinators of the program get a notice.
/// - No pair is made before you publish the matching round. Until then only leads and admins see it.
/// - It covers enrolled mentees without a mentor in this program, and enrolled mentors with a free place.
/// - It respects all hard constraints of suggestions. The score of each planned pair reaches at least the level `low`.
/// - You may plan several matching rounds of one program at the same time. When they are published, no mentor gets more
///   pairs than their capacity allows.
///
/// 409 `wrong_state`: people do not enrol in this program (`enrolling` is `none`).
#[utoipa::path(tag = "matching rounds", params(("id" = ProgramId, Path)), request_body = PlanInput, responses((status = 201, body = MatchingRoundView)))]
#[post("/v1/programs/{id}/matching-rounds")]
async fn plan_matching_round(
    app: Data<App>,
    planner: Data<Planner>,
    viewer: Viewer,
    id: Path<ProgramId>,
    input: Json<PlanInput>,
    once: IdempotencyKey,
) -> Result<Shown<MatchingRoundView>, Problem> {
    let how = How::from(input.into_inner());
    // Read before the work begins, so that the answer does not depend on its progress.
    let (id, asked) = app
        .once(
            &viewer,
            &once,
            async |tx| begin(&app, tx, &viewer, *id, how).await,
            async |tx, id| Ok((id, read(tx, &viewer, id).await?)),
        )
        .await?;
    planner.start(id);
    Ok(asked.created(format!("/v1/matching-rounds/{id}")))
}

async fn begin(app: &App, tx: &mut Tx, viewer: &Viewer, id: ProgramId, how: How) -> Result<MatchingRoundId, Problem> {
    let program = programs::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
    let program = permit::<PlanMatchingRound, _>(viewer, program)?;
    how.check()?;
    if program.enrolling == Enrolling::None {
        return Err(Problem::wrong_state(
            "People do not enrol in this program (`enrolling` is `none`). Change its `enrolling` and enrol \
                     mentors and mentees.",
        ));
    }
    let round = how.begin(MatchingRoundId::new(&app.clock), &program, program.person(), app.clock.now());
    store::insert(tx, &program, &round).await?;
    Ok(round.id)
}

/// Plan a matching round again
///
/// Makes a new plan with the people who are enrolled now. Locked drafts stay as they are. Combinations that a lead
/// refused are not planned again. All other drafts are replaced.
///
/// Leads of the program and admins may, while the status is `drafted` or `failed`. A setting that you leave out has its
/// default, not the value of the plan before.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingRoundId, Path)), request_body = PlanInput, responses((status = 200, body = MatchingRoundView)))]
#[post("/v1/matching-rounds/{id}/plan")]
async fn plan_matching_round_again(
    planner: Data<Planner>,
    viewer: Viewer,
    id: Path<MatchingRoundId>,
    seen: Preconditions,
    input: Json<PlanInput>,
    once: IdempotencyKey,
) -> Result<Shown<MatchingRoundView>, Problem> {
    let how = How::from(input.into_inner());
    how.check()?;
    start_step::<ChangeMatchingRound>(&planner, &viewer, *id, &seen, &once, async |_, round, lead, now| {
        round.change(|round| round.plan(how, lead, now))
    })
    .await
}

/// First and last day of the pairs of a matching round.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"starts_on": "2026-03-02", "ends_on": "2027-02-26"})))]
pub struct PublishInput {
    /// First day of the pairs. Default: the day on which each pair is made.
    starts_on: Option<Day>,
    /// Planned last day of the pairs. Default: the last day of the program.
    ends_on: Option<Day>,
}

/// Publish a matching round
///
/// Makes pairs from all drafts with a mentor. Leads of the program and admins may, while the status is `drafted`.
///
/// - The answer comes at once, with the status `publishing`. The counts in `drafts` show the progress. When the status
///   is `published`, the coordinators of the program get a notice.
/// - The pairs are `active`, or `proposed` if the program has `requires_acceptance`. The people in the pairs get a
///   notice.
/// - All rules of pairs are checked again. A draft that a rule refuses becomes `failed`, with the code as `problem`.
///   The other drafts are published.
/// - No mentor gets more pairs than their capacity allows, even if other pairs are made at the same time.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingRoundId, Path)), request_body = PublishInput, responses((status = 200, body = MatchingRoundView)))]
#[post("/v1/matching-rounds/{id}/publish")]
async fn publish_matching_round(
    planner: Data<Planner>,
    viewer: Viewer,
    id: Path<MatchingRoundId>,
    seen: Preconditions,
    input: Json<PublishInput>,
    once: IdempotencyKey,
) -> Result<Shown<MatchingRoundView>, Problem> {
    let PublishInput { starts_on, ends_on } = input.into_inner();
    start_step::<PublishMatchingRound>(&planner, &viewer, *id, &seen, &once, async |tx, round, lead, now| {
        let terms = programs::find_terms(tx, round.program_id).await?.ok_or_else(Problem::not_found)?;
        let ends_on = ends_on.or(terms.ends_on);
        check_days(terms.model, starts_on.map_or(now.date_naive(), NaiveDate::from), ends_on.map(NaiveDate::from))?;
        round.change(|round| round.publish((starts_on, ends_on), lead, now))
    })
    .await
}

/// Undo a matching round
///
/// Takes back the pairs of a matching round. Leads of the program and admins may do this while the status is
/// `published`. With another status the problem is `wrong_state`.
///
/// - The answer comes at once, with the status `undoing`. Read the matching round again until the status is `drafted`;
///   the coordinators also get a notice. Then you can change the drafts and publish them again.
/// - Proposed pairs are declined. Other pairs end with the reason `other`. The people in these pairs get a notice.
/// - A pair that already has a session or a goal stays, and its draft stays `published`.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingRoundId, Path)), request_body = EmptyBody, responses((status = 200, body = MatchingRoundView)))]
#[post("/v1/matching-rounds/{id}/undo")]
async fn undo_matching_round(
    planner: Data<Planner>,
    viewer: Viewer,
    id: Path<MatchingRoundId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<MatchingRoundView>, Problem> {
    start_step::<PublishMatchingRound>(&planner, &viewer, *id, &seen, &once, async |_, round, lead, now| {
        round.change(|round| round.undo(lead, now))
    })
    .await
}

/// Applies one change that a lead asks for, then starts the work.
async fn start_step<A: ByPerson>(
    planner: &Data<Planner>,
    viewer: &Viewer,
    id: MatchingRoundId,
    seen: &Preconditions,
    once: &IdempotencyKey,
    rules: impl AsyncFnOnce(
        &mut Tx,
        Permit<A, MatchingRound>,
        PersonId,
        DateTime<Utc>,
    ) -> Result<Changed<MatchingRound>, Problem>,
) -> Result<Shown<MatchingRoundView>, Problem>
where
    MatchingRound: Takes<A>,
{
    let app = planner.app();
    // Read before the work begins, so that the answer does not depend on its progress.
    let (id, asked) = app
        .once(
            viewer,
            once,
            async |tx| {
                let round = store::find_for_update(tx, viewer, id).await?.ok_or_else(Problem::not_found)?;
                seen.check(viewer, &round)?;
                let round = permit::<A, _>(viewer, round)?;
                let lead = round.person();
                let round = rules(tx, round, lead, app.clock.now()).await?;
                store::save(tx, &round).await?;
                Ok(id)
            },
            async |tx, id| Ok((id, read(tx, viewer, id).await?)),
        )
        .await?;
    planner.start(id);
    Ok(asked)
}
