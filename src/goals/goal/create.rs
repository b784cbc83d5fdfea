//! Creates a goal as a draft.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::read;
use super::model::{Goal, GoalStatus};
use super::smart::Smart;
use super::store;
use super::views::GoalView;
use crate::db::Tx;
use crate::goals::check_day;
use crate::goals::number::Percent;
use crate::http::{App, IdempotencyKey, Json};
use crate::ids::{GoalId, PairId, PersonId};
use crate::outbox::{self, Event};
use crate::pairs;
use crate::pairs::model::{Pair, PairStatus};
use crate::policy::acts::SetGoal;
use crate::policy::{Guarded, Shown, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::text::{Line, Name, Text};
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_goal);
}

/// A new goal. Everyone in the organisation can read it, also while it is a draft.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "pair_id": "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c",
    "title": "Lead the design review of one service by June",
    "specific": "Prepare and run the review of the billing service",
    "measurable": "The review took place, and 8 of 10 colleagues found it useful",
    "achievable": "Two reviews to sit in on first",
    "relevant": "Senior engineers lead reviews",
    "target_on": "2026-06-30",
    "aligned_to": "OKR-2026-Q2-17",
})))]
pub struct CreateGoal {
    /// Id of the pair that works towards the goal. The pair must be active.
    pub pair_id: PairId,
    /// Id of the owner: the mentee or the mentor of the pair. Default: the mentee.
    pub owner_id: Option<PersonId>,
    /// The objective in one line.
    pub title: Name,
    /// Exact description of the objective.
    pub specific: Option<Text>,
    /// Criterion by which the mentor and the mentee recognise success. Key results express this in numbers.
    pub measurable: Option<Text>,
    /// Reason why the goal can be achieved.
    pub achievable: Option<Text>,
    /// Reason why the goal matters for the career of its owner.
    pub relevant: Option<Text>,
    /// Target date. An active goal needs one.
    pub target_on: Option<Day>,
    /// Objective of the program, or id of an OKR in another system, that the goal supports.
    pub aligned_to: Option<Line<200>>,
}

/// Create a goal
///
/// The mentor and the mentee of an active pair may do this. The goal starts as a `draft`. Add key results and plan
/// steps, check `smart` for missing or vague parts, then activate the goal. If the pair is not active, the answer is
/// 409 `wrong_state`.
#[utoipa::path(tag = "goals", request_body = CreateGoal, responses((status = 201, body = GoalView)))]
#[post("/v1/goals")]
async fn create_goal(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateGoal>,
    once: IdempotencyKey,
) -> Result<Shown<GoalView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| create(&app, tx, &viewer, input).await,
        async |tx, id| Ok(read(tx, &viewer, id, app.clock.today()).await?.created(format!("/v1/goals/{id}"))),
    )
    .await
}

async fn create(app: &App, tx: &mut Tx, viewer: &Viewer, input: CreateGoal) -> Result<GoalId, Problem> {
    // Check the viewer before reading the pair: a service must not learn which pairs exist.
    let author = viewer.person().ok_or_else(|| {
        Problem::new(
            Code::NotAllowed,
            "A service cannot create goals. Sign in as the mentor or the mentee of the pair.",
        )
    })?;
    tx.lock(input.pair_id.into()).await?;
    let found = pairs::store::find(tx, viewer, input.pair_id).await?;
    let pair =
        permit::<SetGoal, _>(viewer, found.ok_or_else(|| Problem::invalid("/pair_id", "must be the id of a pair"))?)?;
    let goal = draft(GoalId::new(&app.clock), input, &pair, author, app.clock.now())?;
    store::insert(tx, &pair, &goal).await?;
    outbox::add(tx, &app.clock, Event::GoalSet(goal.id), Some(pair.id)).await?;
    Ok(goal.id)
}

fn draft(id: GoalId, input: CreateGoal, pair: &Pair, author: PersonId, now: DateTime<Utc>) -> Result<Goal, Problem> {
    if pair.status != PairStatus::Active {
        return Err(Problem::wrong_state("The pair is not active. Goals can only be created for an active pair."));
    }
    let owner_id = input.owner_id.unwrap_or(pair.standing.mentee_id);
    if owner_id != pair.standing.mentor_id && owner_id != pair.standing.mentee_id {
        return Err(Problem::invalid("/owner_id", "must be the mentor or the mentee of the pair"));
    }
    let target_on = input.target_on.map(NaiveDate::from);
    check_day("/target_on", target_on)?;
    let name_of = |person| {
        if person == pair.standing.mentor_id {
            (pair.mentor_name.clone(), pair.mentor_title.clone())
        } else {
            (pair.mentee_name.clone(), pair.mentee_title.clone())
        }
    };
    let ((owner_name, owner_title), (author_name, author_title)) = (name_of(owner_id), name_of(author));
    Ok(Goal {
        id,
        pair_id: pair.id,
        standing: pair.standing,
        pair_status: pair.status,
        owner_id,
        owner_name,
        owner_title,
        author_id: author,
        author_name,
        author_title,
        title: input.title,
        specific: input.specific,
        measurable: input.measurable,
        achievable: input.achievable,
        relevant: input.relevant,
        target_on,
        aligned_to: input.aligned_to,
        status: GoalStatus::Draft,
        progress: Percent::LEAST,
        confidence: None,
        result: Guarded::default(),
        outcome_summary: Guarded::default(),
        activated_at: None,
        closed_at: None,
        created_at: now,
        updated_at: now,
        revision: 1,
        key_results_count: 0,
        smart: Smart::default(),
    })
}
