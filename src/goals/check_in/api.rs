//! Check-ins over HTTP.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::Error as _;
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{CheckIn, ReportedKeyResult};
use super::store::{self, Report};
use crate::db::Tx;
use crate::goals::goal::model::Confidence;
use crate::goals::goal::store as goals;
use crate::goals::key_result;
use crate::goals::key_result::model::{KeyResult, MOST};
use crate::goals::number::{Amount, Percent};
use crate::http::{App, Count, Cursor, Json, Limit, Once, Page, Path, Query, page};
use crate::ids::{CheckInId, GoalId, KeyResultId, PairId};
use crate::outbox::{self, Event};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{self, ReadGoal};
use crate::policy::{Changed, Clearance, Readable, Shown, Viewed, Viewer, may_read, permit, show, view};
use crate::problem::Problem;
use crate::text::Prose;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_check_in).service(list_check_ins).service(read_check_in);
}

view! {
    /// A report of progress. Public, its note included.
    CheckInView {
        /// Names the check-in.
        public id: CheckInId,
        /// The goal it is about.
        public goal_id: GoalId,
        /// The pair of the goal.
        public pair_id: PairId,
        /// Who reported: one of the two.
        public author: PersonRef,
        /// How sure they are.
        public confidence: Confidence,
        /// How far the goal was.
        public progress_before: Percent,
        /// How far it is since.
        public progress_after: Percent,
        /// The key results that were reported, with their values before and after.
        #[schema(max_items = 20)]
        public key_results: Vec<ReportedKeyResult>,
        /// In words. Everybody in the organisation can read it.
        public note: Option<Prose<2000>>,
        /// When.
        public created_at: DateTime<Utc>,
    }
}

impl Readable for CheckIn {
    type Read = ReadGoal;
    const KIND: &'static str = "check_ins";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for CheckIn {
    type View = CheckInView;

    fn view(self, clearance: &Clearance) -> CheckInView {
        CheckInView {
            id: self.id,
            goal_id: self.goal_id,
            pair_id: self.pair_id,
            author: PersonRef { id: self.author_id, name: self.author_name, title: self.author_title },
            confidence: self.confidence,
            progress_before: self.progress_before,
            progress_after: self.progress_after,
            key_results: self.key_results.0,
            note: self.note,
            created_at: self.created_at,
            withheld: clearance.withheld::<CheckInView>(),
        }
    }
}

/// Where a key result is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct KeyResultReport {
    /// A key result of this goal, once.
    id: KeyResultId,
    /// Where it is.
    current_value: Amount,
}

/// A report of progress.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"progress": 40, "confidence": "on_track", "note": "Ran the first review; the second is planned for May."})))]
pub struct CreateCheckIn {
    /// How far the goal is; only where it has no key results. It stays unless told.
    progress: Option<Percent>,
    /// Where its key results are; those not named stay.
    #[serde(default, deserialize_with = "few")]
    #[schema(max_items = 20)]
    key_results: Vec<KeyResultReport>,
    /// How sure you are to get there in time.
    confidence: Confidence,
    /// In words. **Public**: everybody in the organisation can read it. What is for the two alone
    /// belongs into a blocker or a session.
    note: Option<Prose<2000>>,
}

fn few<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<KeyResultReport>, D::Error> {
    let reports = Vec::deserialize(from)?;
    if reports.len() > MOST { Err(D::Error::custom(format!("must hold at most {MOST}"))) } else { Ok(reports) }
}

/// Reports progress on an active goal.
///
/// Both of the two may. A goal with key results is reported by their values, one without by
/// `progress`. The whole check-in is public, the note included.
#[utoipa::path(tag = "goals", params(("id" = GoalId, Path)), request_body = CreateCheckIn, responses((status = 201, body = CheckInView)))]
#[post("/v1/goals/{id}/check-ins")]
async fn create_check_in(
    app: Data<App>,
    viewer: Viewer,
    id: Path<GoalId>,
    input: Json<CreateCheckIn>,
    once: Once,
) -> Result<Shown<CheckInView>, Problem> {
    let input = input.into_inner();
    let id = app.once(&viewer, &once, async |tx| create(&app, tx, &viewer, *id, input).await).await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/check-ins/{id}")))
}

async fn create(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    goal: GoalId,
    input: CreateCheckIn,
) -> Result<CheckInId, Problem> {
    let (id, now) = (CheckInId::new(&app.clock), app.clock.now());
    let goal = goals::hold(tx, goal).await?.ok_or_else(Problem::not_found)?;
    let goal = permit::<acts::CheckIn, _>(viewer, goal)?;
    let author = viewer.person().ok_or_else(Problem::not_found)?;
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

/// Writes the reported values into the goal's key results, and tells which changed and how.
fn report(
    viewer: &Viewer,
    all: &mut [KeyResult],
    reports: &[KeyResultReport],
    now: DateTime<Utc>,
) -> Result<(Vec<Changed<KeyResult>>, Vec<ReportedKeyResult>), Problem> {
    let (mut changed, mut told) = (Vec::new(), Vec::<ReportedKeyResult>::new());
    for (place, report) in reports.iter().enumerate() {
        let pointer = |member| format!("/key_results/{place}/{member}");
        if told.iter().any(|before| before.id == report.id) {
            return Err(Problem::invalid(pointer("id"), "is reported twice"));
        }
        let key_result = all.iter_mut().find(|key_result| key_result.id == report.id);
        let key_result =
            key_result.ok_or_else(|| Problem::invalid(pointer("id"), "names no key result of this goal"))?;
        told.push(ReportedKeyResult {
            id: report.id,
            title: key_result.title.clone(),
            value_before: key_result.current_value,
            value_after: report.current_value,
        });
        let reported = permit::<acts::CheckIn, _>(viewer, key_result.clone())?
            .change(|key_result| key_result.report(report.current_value, &pointer("current_value"), now))?;
        *key_result = (*reported).clone();
        changed.push(reported);
    }
    Ok((changed, told))
}

/// Which check-ins to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCheckIns {
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<CheckInId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists all check-ins of a goal, oldest first.
///
/// The full history of its progress, public as the goal is.
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

/// Reads a check-in.
///
/// Check-ins are never changed: what was reported stays.
#[utoipa::path(tag = "goals", params(("id" = CheckInId, Path)), responses((status = 200, body = CheckInView)))]
#[get("/v1/check-ins/{id}")]
async fn read_check_in(app: Data<App>, viewer: Viewer, id: Path<CheckInId>) -> Result<Shown<CheckInView>, Problem> {
    read_again(&app, &viewer, *id).await
}

async fn read_again(app: &App, viewer: &Viewer, id: CheckInId) -> Result<Shown<CheckInView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
