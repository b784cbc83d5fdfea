//! HTTP operations that read matching rounds.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{
    MatchingRound, MatchingRoundFailure, MatchingRoundObjective, MatchingRoundStatus, MatchingRoundStep,
};
use super::store::{self, Filter};
use crate::db::Tx;
use crate::http::{App, Page, Path, Query, list_query, page};
use crate::ids::{MatchingRoundId, ProgramId};
use crate::policy::acts::ReadMatchingRound;
use crate::policy::{Shown, Viewer, may_list, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_matching_rounds).service(read_matching_round);
}

/// Quality of a plan, with a proven upper bound. It describes the plan as the service made it. Drafts that were locked
/// before, and later changes by leads, do not count.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct MatchingRoundCertificate {
    /// Value of the plan without locked drafts. For `total` and `stable`: the sum of the scores. For `balance`: the sum
    /// of the scores less the penalties. For `coverage_first` and `nash`: points of that objective; compare them with
    /// `upper_bound` only.
    #[schema(examples(71_230_455))]
    value: i64,
    /// Highest value that a plan with the same locks can have. `null` for the objective `stable`, which does not
    /// maximize a value.
    #[schema(examples(71_230_455))]
    upper_bound: Option<i64>,
    /// Difference of `upper_bound` and `value`. 0: the plan is proven to be the best. `null` for the objective
    /// `stable`.
    #[schema(minimum = 0, examples(0))]
    gap: Option<i64>,
}

/// Number of drafts per status.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub struct MatchingRoundCounts {
    /// Drafts without a mentor.
    #[schema(minimum = 0)]
    unmatched: i64,
    /// Drafts with a mentor that wait for publishing.
    #[schema(minimum = 0)]
    drafted: i64,
    /// Drafts that became pairs.
    #[schema(minimum = 0)]
    published: i64,
    /// Drafts that the rules of pairs refused at publishing.
    #[schema(minimum = 0)]
    failed: i64,
}

view! {
    /// A matching round: the plan for a whole program. Only leads of the program and admins see it. Mentors and mentees
    /// learn the result when their pairs are made.
    MatchingRoundView of round: MatchingRound, clearance {
        let certificate = round.value.map(|value| MatchingRoundCertificate {
            value,
            upper_bound: round.bound,
            gap: round.bound.map(|bound| bound - value),
        });
        let drafts = MatchingRoundCounts {
            unmatched: round.drafts.unmatched,
            drafted: round.drafts.drafted,
            published: round.drafts.published,
            failed: round.drafts.failed,
        };
        /// Id of the matching round.
        public id: MatchingRoundId,
        /// Program that is matched.
        private program: ProgramRef = clearance.show(ProgramRef { id: round.program_id, name: round.program_name }),
        /// Status of the matching round.
        private status: MatchingRoundStatus,
        /// Current step of planning. `null`: the service is not planning, or has not begun yet.
        private step: Option<MatchingRoundStep>,
        /// Objective of the plan.
        private objective: MatchingRoundObjective,
        /// Penalty of the objective `balance`, in points of the score: the second pair of a mentor costs it once, the
        /// third twice, and so on. `null` for other objectives.
        #[schema(minimum = 1, maximum = 10_000, examples(300))]
        private penalty: Option<i64>,
        /// Time limit for planning, in seconds. Most plans are proven to be the best after one or two seconds.
        #[schema(minimum = 1, maximum = 60, examples(30))]
        private seconds: i64,
        /// Seed that decides between equally good plans. The same people, objective and seed give the same plan.
        #[schema(minimum = 0, examples(7))]
        private seed: i64,
        /// Number of mentees without a mentor when it was planned. `null` before the first plan.
        #[schema(minimum = 0, examples(10_000))]
        private mentees: Option<i64>,
        /// Number of free places of the mentors when it was planned. `null` before the first plan.
        #[schema(minimum = 0, examples(12_400))]
        private capacity: Option<i64>,
        /// Number of drafts per status now. It also shows the progress of publishing and undoing.
        private drafts: MatchingRoundCounts = clearance.show(drafts),
        /// Quality of the plan. `null`: there is no plan, or a later planning or publishing failed.
        private certificate: Option<MatchingRoundCertificate> = clearance.show(certificate),
        /// Version of the model that made the scores. `null` before the first plan.
        #[schema(max_length = 100, examples("prior-1"))]
        private model_version: Option<String>,
        /// Reason why the last planning, publishing or undoing did not succeed. `null`: it succeeded or still runs.
        private failure_reason: Option<MatchingRoundFailure>,
        /// First day of its pairs. `null`: the day on which the pairs are made.
        private starts_on: Option<NaiveDate> = clearance.show(round.starts_on.map(NaiveDate::from)),
        /// Planned last day of its pairs. `null`: no planned end, or not published yet.
        private ends_on: Option<NaiveDate> = clearance.show(round.ends_on.map(NaiveDate::from)),
        /// Time of creation.
        private created_at: DateTime<Utc>,
        /// Time of the last plan. `null` before the first plan.
        private planned_at: Option<DateTime<Utc>>,
        /// Time of publishing. `null`: the matching round is not published.
        private published_at: Option<DateTime<Utc>>,
        /// Time of the last change of the matching round. Changes of drafts do not count.
        private updated_at: DateTime<Utc>,
    }
}

list_query! {
    /// Filters of the list of matching rounds.
    ListMatchingRounds from MatchingRoundId {
        /// Only matching rounds of this program.
        program_id: Option<ProgramId>,
        /// Only matching rounds with this status.
        #[param(inline)]
        status: Option<MatchingRoundStatus>,
    }
}

/// List matching rounds
///
/// Lists matching rounds of the programs that you lead. Sorted by time of creation, oldest first. Admins see those of
/// all programs. A filter by another program gives an empty list.
#[utoipa::path(tag = "matching rounds", params(ListMatchingRounds), responses((status = 200, body = Page<MatchingRoundView>)))]
#[get("/v1/matching-rounds")]
async fn list_matching_rounds(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListMatchingRounds>,
) -> Result<Page<MatchingRoundView>, Problem> {
    may_list::<ReadMatchingRound>(&viewer)?;
    let after = query.cursor.map_or(MatchingRoundId::first(), |cursor| cursor.0);
    let only = Filter { program: query.program_id, status: query.status };
    let mut tx = app.read().await?;
    let matching_rounds = store::list(&mut tx, &viewer, only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, only)).await?;
    page(&viewer, query.limit, matching_rounds, total, |round| round.id)
}

/// Read a matching round
///
/// Shows its status, its progress and the quality of its plan. Leads of its program and admins may read it. While the
/// service works on it, read it again or open `/v1/matching-rounds/{id}/stream`.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingRoundId, Path)), responses((status = 200, body = MatchingRoundView)))]
#[get("/v1/matching-rounds/{id}")]
async fn read_matching_round(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MatchingRoundId>,
) -> Result<Shown<MatchingRoundView>, Problem> {
    let mut tx = app.read().await?;
    read(&mut tx, &viewer, *id).await
}

pub(super) async fn read(
    tx: &mut Tx,
    viewer: &Viewer,
    id: MatchingRoundId,
) -> Result<Shown<MatchingRoundView>, Problem> {
    show(viewer, store::find_counted(tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
