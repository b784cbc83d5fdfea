//! The report over HTTP.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::make::make;
use super::model::{FairnessExposure, FairnessOfAttribute, FairnessReport, FairnessUnmatched, Slice};
use super::quarter::Quarter;
use super::words::NOTES;
use crate::db::Asker;
use crate::fairness::group;
use crate::fairness::group::model::{GroupName, MOST_ATTRIBUTES};
use crate::http::{App, Query};
use crate::ids::{FairnessAttributeId, ProgramId};
use crate::people::organisation::Organisation;
use crate::policy::acts::ReadFairness;
use crate::policy::{Clearance, Permit, Shown, Viewed, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::programs::store::find_terms;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_fairness_report);
}

view! {
    /// Whether suggestions treat groups of people alike. It holds figures about many, and nobody.
    FairnessReportView {
        /// The quarter in which suggestions were asked for, and cohorts begun.
        #[schema(max_length = 7, examples("2026-Q1"))]
        public quarter: String,
        /// Their program; `null`: all, and those outside programs.
        public program_id: Option<ProgramId>,
        /// What made them; `null`: whatever it was.
        public model_version: Option<Name>,
        /// Attribute by attribute.
        #[schema(max_items = 20)]
        public attributes: Vec<FairnessOfAttribute>,
        /// How evenly mentors are seen.
        public exposure: FairnessExposure,
        /// Mentees who asked or were in a cohort and have no pair from it, by why.
        #[schema(max_items = 6)]
        public unmatched: Vec<FairnessUnmatched>,
        /// How to read it.
        #[schema(max_items = 10)]
        public notes: Vec<&'static str>,
    }
}

impl Viewed for FairnessReport {
    type View = FairnessReportView;

    fn view(self, clearance: &Clearance) -> FairnessReportView {
        FairnessReportView {
            quarter: self.slice.quarter.to_string(),
            program_id: self.slice.program,
            model_version: self.slice.model_version,
            attributes: self.attributes,
            exposure: self.exposure,
            unmatched: self.unmatched,
            notes: NOTES.to_vec(),
            withheld: clearance.withheld::<FairnessReportView>(),
        }
    }
}

/// What the report is to be about.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReadFairnessReport {
    /// The quarter in which suggestions were asked for and cohorts begun, in UTC, such as `2026-Q1`. It has to be over; the last one that
    /// is, unless told.
    #[param(value_type = Option<String>, pattern = "^[0-9]{4}-Q[1-4]$", max_length = 7)]
    quarter: Option<Quarter>,
    /// Suggestions and cohorts of this program.
    program_id: Option<ProgramId>,
    /// Suggestions and cohorts with this `model_version`. Requests that came to nothing have none and are left out then.
    #[param(inline)]
    model_version: Option<Name>,
    /// This attribute alone.
    #[param(inline)]
    attribute: Option<GroupName>,
}

/// Reads whether suggestions treat groups of people alike.
///
/// For admins alone; the audit log tells who looked. Per attribute and group it compares how many mentees who asked were
/// suggested a mentor and have a pair from it, and how many mentors were suggested, with the mean level; mentees in a
/// published cohort are among them, with the mentor that its plan gave them. The lowest rate
/// over the highest is flagged below four fifths, the rule of thumb of the Uniform Guidelines on Employee Selection
/// Procedures (29 CFR 1607.4 D). It also tells how evenly mentors are seen, by Σ 1 / log2(1 + rank) (the discount of
/// Järvelin & Kekäläinen 2002) and Gini's coefficient; which factors go along with a group; and why mentees have no pair.
///
/// **It is made so that nobody is found through it.** Groups of fewer than 20 people are not told of, nor is one group so
/// small alone, and a group of nobody looks the same. A report is about a whole quarter that is over, so that no two overlap,
/// and about programs and models as a whole. Numbers of people of groups are whole fives, rounded up or down by chance (as
/// Statistics Canada does; `unmatched`, which is of no group, to the nearest five): the same people are always told alike, and one more or one less draws all numbers anew. So one comparison
/// of two reports seldom tells where a person belongs. An admin who changes who is counted many times, by loading groups
/// anew, and looks each time could average the chance out: that is why each load and each look is in the audit log. It is
/// an instrument for many people: of groups not much larger than 20 the rates are coarse.
#[utoipa::path(tag = "fairness", params(ReadFairnessReport), responses((status = 200, body = FairnessReportView)))]
#[get("/v1/fairness/report")]
async fn read_fairness_report(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ReadFairnessReport>,
) -> Result<Shown<FairnessReportView>, Problem> {
    may_list::<ReadFairness>(&viewer)?;
    let leave = permit::<ReadFairness, _>(&viewer, Organisation)?;
    let report = async {
        let report = gather(&app, &leave, query.0).await?;
        // First it is written down who looks.
        app.write(&viewer).await?.commit().await?;
        Ok::<_, Problem>(report)
    };
    show(&viewer, Asker::Service.scope(report).await?)
}

async fn gather(
    app: &App,
    leave: &Permit<ReadFairness, Organisation>,
    query: ReadFairnessReport,
) -> Result<FairnessReport, Problem> {
    let now = app.clock.now();
    let quarter = query.quarter.unwrap_or_else(|| Quarter::last(now));
    if !quarter.is_over(now) {
        let told = format!("is not over; the last one that is, is {}", Quarter::last(now));
        return Err(Problem::invalid("?quarter", told));
    }
    let mut tx = app.read().await?;
    if let Some(program) = query.program_id
        && find_terms(&mut tx, program).await?.is_none()
    {
        return Err(Problem::invalid("?program_id", "names no program"));
    }
    let attributes = match &query.attribute {
        Some(name) => {
            let found = group::store::find(&mut tx, name).await?;
            vec![found.ok_or_else(|| Problem::invalid("?attribute", "names no attribute that was loaded"))?]
        }
        None => group::store::list(&mut tx, FairnessAttributeId::first(), MOST_ATTRIBUTES).await?,
    };
    let slice = Slice { quarter, program: query.program_id, model_version: query.model_version };
    Ok(make(&mut tx, leave, slice, attributes).await?)
}
