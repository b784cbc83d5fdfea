//! HTTP handler that lists the retention rules.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{RetainedKind, Retention, RetentionRule};
use super::store;
use crate::http::{App, Limit, Page, page};
use crate::policy::acts::ReadRetention;
use crate::policy::{Readable, Viewer, may_list, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_retention_rules);
}

view! {
    /// A retention rule: data that is deleted automatically.
    RetentionRuleView of rule: RetentionRule, clearance {
        /// Kind of data.
        public kind: RetainedKind,
        /// Effect of the rule.
        #[schema(max_length = 500)]
        public effect: &'static str = rule.kind.effect(),
        /// Hours until the data is deleted. `null`: it is not deleted automatically.
        #[schema(minimum = 1, examples(17_520))]
        public after_hours: Option<i64> = rule.after.map(|after| after.num_hours()),
        /// Event from which the hours count.
        #[schema(max_length = 200)]
        public counts_from: &'static str = rule.kind.counts_from(),
        /// Time when the rule was last applied. `null`: never.
        public last_ran_at: Option<DateTime<Utc>> = rule.ran_at,
    }
}

impl Readable for RetentionRule {
    type Read = ReadRetention;
    const KIND: &'static str = "retention_runs";

    // A rule belongs to no person.
    fn id(&self) -> Uuid {
        Uuid::nil()
    }
}

/// List retention rules
///
/// Lists the kinds of data that the service deletes automatically, and after how long. The list is the same for
/// everyone and always one page. The operator sets the times; without a setting no texts of people are deleted.
#[utoipa::path(tag = "privacy", responses((status = 200, body = Page<RetentionRuleView>)))]
#[get("/v1/retention")]
async fn list_retention_rules(
    app: Data<App>,
    rules: Data<Retention>,
    viewer: Viewer,
) -> Result<Page<RetentionRuleView>, Problem> {
    may_list::<ReadRetention>(&viewer)?;
    let (mut tx, mut all) = (app.read_one().await?, Vec::new());
    for kind in RetainedKind::ALL {
        let ran_at = store::find_run(&mut tx, kind).await?;
        all.push(RetentionRule { kind, after: rules.of(kind), ran_at });
    }
    page(&viewer, Limit::default(), all, None, |rule| rule.kind)
}
