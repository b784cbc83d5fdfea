//! Check-ins over HTTP.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::Error as _;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{CheckIn, ReportedKeyResult};
use super::store::{self, Report};
use crate::db::Tx;
use crate::goals::goal::model::Confidence;
use crate::goals::goal::store as goals;
use crate::goals::key_result;
use crate::goals::key_result::model::{KeyResult, MOST};
use crate::goals::number::{Amount, Percent};
use crate::http::{App, IdempotencyKey, Json, Page, Path, Query, list_query, page};
use crate::ids::{CheckInId, GoalId, KeyResultId, PairId};
use crate::outbox::{self, Event};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{self, ReadGoal};
use crate::policy::{Changed, Shown, Viewer, may_read, permit, readable_as, show, view};
use crate::problem::Problem;
use crate::text::Prose;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_check_in).service(list_check_ins).service(read_check_in);
}

view! {
    /// A report of progress on a goal. Public, including the note.
    CheckInView of check_in: CheckIn, clearance {
        /// Id of the check-in.
        public id: CheckInId,
        /// Id of the goal.
        public goal_id: GoalId,
        /// Id of the pair of the goal.
        public pair_id: PairId,
        /// Author of the check-in: the mentor or the mentee.
        public author: PersonRef = PersonRef::new(check_in.author_id, check_in.author_name, check_in.author_title),
        /// The author's estimate of whether the goal will be achieved in time.
        public confidence: Confidence,
        /// Progress of the goal before the check-in, in percent.
        public progress_before: Percent,
        /// Progress of the goal after the check-in, in percent.
        public progress_after: Percent,
        /// The reported key results with their values before and after. Empty: none were reported.
        #[schema(max_items = 20)]
        public key_results: Vec<ReportedKeyResult> = check_in.key_results.0,
        /// The report in words. Everyone in the organisation can read it. `null`: none.
        public note: Option<Prose<2000>>,
        /// Time of creation.
        public created_at: DateTime<Utc>,
    }
}

readable_as!(CheckIn: ReadGoal, "check_ins");

/// The reported value of a key result.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyResultReport {
    /// Id of a key result of this goal. Each id may occur once.
    id: KeyResultId,
    /// Current value of the key result.
    current_value: Amount,
}

/// A new report of progress.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"progress": 40, "confidence": "on_track", "note": "Ran the first review; the second is planned for May."})))]
pub struct CreateCheckIn {
    /// Progress of the goal in percent. Not allowed if the goal has key results. Default: the progress does not change.
    progress: Option<Percent>,
    /// Current values of key results. Key results that are not listed keep their value. Default: none.
    #[serde(default, deserialize_with = "few")]
    #[schema(max_items = 20)]
    key_results: Vec<KeyResultReport>,
    /// Your estimate of whether the goal will be achieved in time.
    confidence: Confidence,
    /// The report in words. **Public**: everyone in the organisation can read it. Write confidential things in a
    /// blocker or in a session instead. Default: none.
    note: Option<Prose<2000>>,
}

fn few<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<KeyResultReport>, D::Error> {
    let reports = Vec::deserialize(from)?;
    if reports.len() > MOST { Err(D::Error::custom(format!("must have at most {MOST} items"))) } else { Ok(reports) }
}

/// Check in on a goal
///
/// Reports progress on an active goal. The mentor and the mentee of the pair may do this. The whole check-in is public,
/// including the note.
///
/// - If the goal has key results, report their values.
/// - If it has none, report `progress`.
/// - If the goal is not active, the answer is 409 `wrong_state`.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CreateCheckIn, responses((status = 201, body = CheckInView)))]
#[post("/v1/goals/{id}/check-ins")]
async fn create_check_in(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    input: Json<CreateCheckIn>,
    once: IdempotencyKey,
) -> Result<Shown<CheckInView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| create(&app, tx, &viewer, *id, input).await,
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/check-ins/{id}"))),
    )
    .await
}

async fn create(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    goal: GoalId,
    input: CreateCheckIn,
) -> Result<CheckInId, Problem> {
    let (id, now) = (CheckInId::new(&app.clock), app.clock.now());
    let goal = goals::find_for_update(tx, goal).await?.ok_or_else(Problem::not_found)?;
    let goal = permit::<acts::CheckIn, _>(viewer, goal)?;
    let author = goal.person();
    goal.check_is_active()?;
    let mut all = key_result::store::list(tx, goal.id).await?;
    let (changed, key_results) = report(viewer, &mut all, &input.key_results, now)?;
    let progress_before = goal.progress;
    let goal = goal.change(|goal| goal.check_in(input.progress, input.confidence, &all, now))?;
    for key_result in &changed {
        key_result::store::save(tx, key_result).await?;
    }
    goals::save(tx, &goal).await?;
    store::insert(tx, &goal, Report { id, author, progress_before, key_results, note: input.note, now }).await?;
    outbox::add(tx, &app.clock, Event::GoalCheckedIn(goal.id), Some(goal.pair_id)).await?;
    Ok(id)
}

/// Writes the reported values into the goal's key results. Returns the changed key results, and what was reported.
fn report(
    viewer: &Viewer,
    all: &mut [KeyResult],
    reports: &[KeyResultReport],
    now: DateTime<Utc>,
) -> Result<(Vec<Changed<KeyResult>>, Vec<ReportedKeyResult>), Problem> {
    let (mut changed, mut reported) = (Vec::new(), Vec::<ReportedKeyResult>::new());
    for (place, report) in reports.iter().enumerate() {
        let pointer = |member| format!("/key_results/{place}/{member}");
        if reported.iter().any(|before| before.id == report.id) {
            return Err(Problem::invalid(pointer("id"), "must not occur twice"));
        }
        let key_result = all.iter_mut().find(|key_result| key_result.id == report.id);
        let key_result =
            key_result.ok_or_else(|| Problem::invalid(pointer("id"), "must be the id of a key result of this goal"))?;
        reported.push(ReportedKeyResult {
            id: report.id,
            title: key_result.title.clone(),
            value_before: key_result.current_value,
            value_after: report.current_value,
        });
        let key_result_changed = permit::<acts::CheckIn, _>(viewer, key_result.clone())?
            .change(|key_result| key_result.report(report.current_value, &pointer("current_value"), now))?;
        *key_result = (*key_result_changed).clone();
        changed.push(key_result_changed);
    }
    Ok((changed, reported))
}

list_query! {
    /// Filters of the list of check-ins.
    ListCheckIns from CheckInId {}
}

/// List the check-ins of a goal
///
/// Sorted by time of creation, oldest first. The list has the full history of the goal's progress. It is public, like
/// the goal.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path), ListCheckIns), responses((status = 200, body = Page<CheckInView>)))]
#[get("/v1/goals/{id}/check-ins")]
async fn list_check_ins(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    query: Query<ListCheckIns>,
) -> Result<Page<CheckInView>, Problem> {
    let mut tx = app.read().await?;
    may_read(&viewer, &goals::find(&mut tx, *id).await?.ok_or_else(Problem::not_found)?)?;
    let after = query.cursor.map_or(CheckInId::first(), |cursor| cursor.0);
    let check_ins = store::list(&mut tx, *id, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, *id)).await?;
    page(&viewer, query.limit, check_ins, total, |check_in| check_in.id)
}

/// Read a check-in
///
/// Check-ins are public and never change.
#[utoipa::path(tag = "goals", params(("id" = CheckInId, Path)), responses((status = 200, body = CheckInView)))]
#[get("/v1/check-ins/{id}")]
async fn read_check_in(app: Data<App>, viewer: Viewer, id: Path<CheckInId>) -> Result<Shown<CheckInView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: CheckInId) -> Result<Shown<CheckInView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
