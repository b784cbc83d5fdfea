//! HTTP operation that reads the fairness report.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::make::make;
use super::model::{FairnessExposure, FairnessOfAttribute, FairnessReport, FairnessUnmatched, Slice};
use super::quarter::Quarter;
use super::words::NOTES;
use crate::db::OnBehalfOf;
use crate::fairness::group;
use crate::fairness::group::model::{GroupName, MAX_ATTRIBUTES};
use crate::http::{App, Query};
use crate::ids::{FairnessAttributeId, ProgramId};
use crate::people::organisation::Organisation;
use crate::policy::acts::ReadFairness;
use crate::policy::{Permit, Shown, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::programs::store::find_terms;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_fairness_report);
}

view! {
    /// The fairness report: whether suggestions treat groups of people alike. It has figures about groups and none
    /// about a single person.
    FairnessReportView of report: FairnessReport, clearance {
        /// Quarter in which the suggestions were requested and the matching rounds were created, in UTC.
        #[schema(max_length = 7, examples("2026-Q1"))]
        public quarter: String = report.slice.quarter.to_string(),
        /// Id of their program. `null`: all programs, and suggestions without a program.
        public program_id: Option<ProgramId> = report.slice.program,
        /// Version of the model that made them. `null`: all models.
        public model_version: Option<Name> = report.slice.model_version,
        /// Figures per attribute.
        #[schema(max_items = 20)]
        public attributes: Vec<FairnessOfAttribute>,
        /// How evenly exposure is spread over mentors.
        public exposure: FairnessExposure,
        /// Number of mentees without a pair per reason: mentees who requested suggestions or were in a published
        /// matching round.
        #[schema(max_items = 6)]
        public unmatched: Vec<FairnessUnmatched>,
        /// Notes on how to read the report.
        #[schema(max_items = 10)]
        public notes: Vec<&'static str> = NOTES.to_vec(),
    }
}

/// Scope of the fairness report.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadFairnessReport {
    /// Quarter in which suggestions were requested and matching rounds created, in UTC, such as `2026-Q1`. It must be
    /// over. Default: the last quarter that is over.
    #[param(value_type = Option<String>, pattern = "^[0-9]{4}-Q[1-4]$", max_length = 7)]
    quarter: Option<Quarter>,
    /// Only suggestions and matching rounds of this program. Absent: all.
    program_id: Option<ProgramId>,
    /// Only suggestions and matching rounds with this `model_version`. Requests without any suggestion have no model
    /// and are left out. Absent: all.
    #[param(inline)]
    model_version: Option<Name>,
    /// Only this attribute. Absent: all attributes.
    #[param(inline)]
    attribute: Option<GroupName>,
}

/// Read the fairness report
///
/// Shows whether suggestions treat groups of people alike. Only admins may do this. The audit log records each reading.
/// The report compares, per attribute and group:
///
/// - how many mentees were suggested a mentor, and how many have a pair from it,
/// - how many mentors were suggested,
/// - the mean level of the suggestions.
///
/// Mentees of a published matching round count like mentees who requested suggestions; the mentor in the plan counts as
/// their suggestion. The lowest rate divided by the highest is flagged below 0.8. This is the rule of thumb of the
/// Uniform Guidelines on Employee Selection Procedures (29 CFR 1607.4 D).
///
/// The report also shows how evenly mentors are suggested: the sum of 1 / log2(1 + rank) (the discount of Järvelin &
/// Kekäläinen 2002), and the Gini coefficient. It shows which factors correlate with a group, and why mentees have no
/// pair.
///
/// **The report protects single people.**
///
/// - A group of fewer than 20 people is not shown, and neither is a group from which it could be computed. An empty
///   group looks the same.
/// - A report covers a whole quarter that is over, so no two reports overlap. It covers whole programs and models.
/// - Numbers of people in groups are multiples of 5, rounded up or down at random (as Statistics Canada does). The same
///   people always give the same numbers. One person more or less draws all numbers again. `unmatched` has no groups
///   and is rounded to the nearest 5.
/// - So a comparison of two reports rarely shows the group of a person. An admin could average out the chance by
///   loading groups and reading the report many times. Therefore the audit log records each load and each reading.
/// - Rates are rough for groups of not much more than 20 people.
#[utoipa::path(tag = "fairness", params(ReadFairnessReport), responses((status = 200, body = FairnessReportView)))]
#[get("/v1/fairness/report")]
async fn read_fairness_report(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ReadFairnessReport>,
) -> Result<Shown<FairnessReportView>, Problem> {
    may_list::<ReadFairness>(&viewer)?;
    let permit_to_read = permit::<ReadFairness, _>(&viewer, Organisation)?;
    let report = async {
        let report = gather(&app, &permit_to_read, query.0).await?;
        // The audit log records the reading before the report is shown.
        app.write(&viewer).await?.commit().await?;
        Ok::<_, Problem>(report)
    };
    show(&viewer, OnBehalfOf::Service.scope(report).await?)
}

async fn gather(
    app: &App,
    permit: &Permit<ReadFairness, Organisation>,
    query: ReadFairnessReport,
) -> Result<FairnessReport, Problem> {
    let now = app.clock.now();
    let quarter = query.quarter.unwrap_or_else(|| Quarter::last(now));
    if !quarter.is_over(now) {
        let detail = format!("must be a quarter that is over; the last one is {}", Quarter::last(now));
        return Err(Problem::invalid("?quarter", detail));
    }
    let mut tx = app.read().await?;
    if let Some(program) = query.program_id
        && find_terms(&mut tx, program).await?.is_none()
    {
        return Err(Problem::invalid("?program_id", "must be the id of an existing program"));
    }
    let attributes =
        match &query.attribute {
            Some(name) => {
                let found = group::store::find(&mut tx, name).await?;
                vec![found.ok_or_else(|| {
                    Problem::invalid("?attribute", "must be the name of an attribute that was loaded")
                })?]
            }
            None => group::store::list(&mut tx, FairnessAttributeId::first(), MAX_ATTRIBUTES).await?,
        };
    let slice = Slice { quarter, program: query.program_id, model_version: query.model_version };
    Ok(make(&mut tx, permit, slice, attributes).await?)
}
