//! Cohorts over HTTP: reading them.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Cohort, CohortObjective, CohortStatus, CohortStep, CohortTrouble};
use super::store::{self, Filter};
use crate::http::{App, Count, Cursor, Limit, Page, Path, Query, page};
use crate::ids::{CohortId, ProgramId};
use crate::policy::acts::ReadCohort;
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_list, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_cohorts).service(read_cohort);
}

/// How good a plan is, and the proof of it. It is about the plan as it was made: what a lead locked before is not counted,
/// and what a lead changed since is not either.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CohortCertificate {
    /// What the drafts that were not locked count together: with `total` and `stable` the sum of their scores, with
    /// `balance` less the penalties; with `coverage_first` and `nash` in points of that objective, to be compared with
    /// `bound` alone.
    #[schema(examples(71_230_455))]
    value: i64,
    /// No plan with the same locks counts more; `null` for `stable`, which is not made to count most.
    #[schema(examples(71_230_455))]
    bound: Option<i64>,
    /// By how much the best plan might be better; 0: proven to be the best.
    #[schema(minimum = 0, examples(0))]
    gap: Option<i64>,
}

/// How many drafts are how.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct CohortCounts {
    /// Mentees without a mentor.
    #[schema(minimum = 0)]
    unmatched: i64,
    /// Wait to be published.
    #[schema(minimum = 0)]
    drafted: i64,
    /// Became pairs.
    #[schema(minimum = 0)]
    published: i64,
    /// Were refused by the rules of pairs.
    #[schema(minimum = 0)]
    failed: i64,
}

view! {
    /// A plan for a whole program. For its leads alone: those in it learn of it by the pairs that come of it.
    CohortView {
        /// Names the cohort.
        public id: CohortId,
        /// The program.
        private program: ProgramRef,
        /// Where it is in its life.
        private status: CohortStatus,
        /// What planning is at; `null` when it does not plan.
        private step: Option<CohortStep>,
        /// What the plan is to be best at.
        private objective: CohortObjective,
        /// Of `balance`: points of the score that each further pair of one mentor costs more than the one before.
        #[schema(minimum = 1, maximum = 10_000, examples(300))]
        private penalty: Option<i64>,
        /// For how many seconds it looks for the best plan at most. Most plans are proven in one or two.
        #[schema(minimum = 1, maximum = 60, examples(30))]
        private seconds: i64,
        /// Decides between equals: the same people, objective and seed make the same plan.
        #[schema(minimum = 0, examples(7))]
        private seed: i64,
        /// How many mentees were to be matched when it was planned.
        #[schema(minimum = 0, examples(10_000))]
        private mentees: Option<i64>,
        /// How many places their mentors had.
        #[schema(minimum = 0, examples(12_400))]
        private places: Option<i64>,
        /// How its drafts are now: also how far it is with publishing and undoing.
        private drafts: CohortCounts,
        /// How good the plan is; `null` before there is one.
        private certificate: Option<CohortCertificate>,
        /// What made the scores; `null` before there is a plan.
        #[schema(max_length = 100, examples("prior-1"))]
        private model_version: Option<String>,
        /// Why there is no plan, or why it was not wholly published or undone.
        private trouble: Option<CohortTrouble>,
        /// First day of its pairs; `null`: the day on which they are made.
        private starts_on: Option<NaiveDate>,
        /// Planned last day of its pairs.
        private ends_on: Option<NaiveDate>,
        /// When it was asked for.
        private created_at: DateTime<Utc>,
        /// When it was planned last.
        private planned_at: Option<DateTime<Utc>>,
        /// When it was published; `null` unless it is.
        private published_at: Option<DateTime<Utc>>,
        /// When it changed last, drafts apart.
        private updated_at: DateTime<Utc>,
    }
}

impl Viewed for Cohort {
    type View = CohortView;

    fn view(self, clearance: &Clearance) -> CohortView {
        let certificate = self.value.map(|value| CohortCertificate {
            value,
            bound: self.bound,
            gap: self.bound.map(|bound| bound - value),
        });
        let drafts = CohortCounts {
            unmatched: self.drafts.unmatched,
            drafted: self.drafts.drafted,
            published: self.drafts.published,
            failed: self.drafts.failed,
        };
        CohortView {
            id: self.id,
            program: clearance.plain(ProgramRef { id: self.program_id, name: self.program_name }),
            status: clearance.plain(self.status),
            step: clearance.plain(self.step),
            objective: clearance.plain(self.objective),
            penalty: clearance.plain(self.penalty),
            seconds: clearance.plain(self.seconds),
            seed: clearance.plain(self.seed),
            mentees: clearance.plain(self.mentees),
            places: clearance.plain(self.places),
            drafts: clearance.plain(drafts),
            certificate: clearance.plain(certificate),
            model_version: clearance.plain(self.model_version),
            trouble: clearance.plain(self.trouble),
            starts_on: clearance.plain(self.starts_on.map(NaiveDate::from)),
            ends_on: clearance.plain(self.ends_on.map(NaiveDate::from)),
            created_at: clearance.plain(self.created_at),
            planned_at: clearance.plain(self.planned_at),
            published_at: clearance.plain(self.published_at),
            updated_at: clearance.plain(self.updated_at),
            withheld: clearance.withheld::<CohortView>(),
        }
    }
}

/// Which cohorts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCohorts {
    /// Cohorts of this program.
    program_id: Option<ProgramId>,
    /// Cohorts of this status.
    #[param(inline)]
    status: Option<CohortStatus>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<CohortId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists the cohorts of the programs that you lead.
///
/// In the order they were made. Of others there are none in the list, whatever the filter says.
#[utoipa::path(tag = "cohorts", params(ListCohorts), responses((status = 200, body = Page<CohortView>)))]
#[get("/v1/cohorts")]
async fn list_cohorts(app: Data<App>, viewer: Viewer, query: Query<ListCohorts>) -> Result<Page<CohortView>, Problem> {
    may_list::<ReadCohort>(&viewer)?;
    let after = query.cursor.map_or(CohortId::first(), |cursor| cursor.0);
    let only = Filter { program: query.program_id, status: query.status };
    let mut tx = app.read().await?;
    let cohorts = store::list(&mut tx, &viewer, only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, only)).await?;
    page(&viewer, query.limit, cohorts, total, |cohort| cohort.id)
}

/// Reads a cohort: how far it is, and how good the plan is.
///
/// For the leads of its program. While the service is at work on it, ask again, or listen at `/stream`.
#[utoipa::path(tag = "cohorts", params(("id" = CohortId, Path)), responses((status = 200, body = CohortView)))]
#[get("/v1/cohorts/{id}")]
async fn read_cohort(app: Data<App>, viewer: Viewer, id: Path<CohortId>) -> Result<Shown<CohortView>, Problem> {
    read_again(&app, &viewer, *id).await
}

pub(super) async fn read_again(app: &App, viewer: &Viewer, id: CohortId) -> Result<Shown<CohortView>, Problem> {
    let mut tx = app.read().await?;
    show(viewer, store::find_counted(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
