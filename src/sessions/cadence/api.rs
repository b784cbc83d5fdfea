//! HTTP handler that lists the advice on cadences.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::CadenceAdvice;
use crate::http::{Limit, Page, page};
use crate::pairs::model::Cadence;
use crate::policy::acts::ReadOrganisation;
use crate::policy::{Readable, Viewer, may_list, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_cadences);
}

view! {
    /// Advice on a cadence.
    CadenceView of advice: CadenceAdvice, clearance {
        /// The cadence, as in the field `cadence` of a pair.
        public cadence: Cadence,
        /// Days from one session to the next. `null`: the cadence has no fixed interval.
        #[schema(minimum = 1, maximum = 366, examples(14))]
        public interval_days: Option<i64> = advice.interval_days(),
        /// The pairs that the cadence is suitable for.
        #[schema(max_length = 200, examples("Most pairs."))]
        public suitable_for: &'static str = advice.suitable_for(),
        /// Whether pairs with this cadence tend to stop meeting.
        public is_risky: bool = advice.is_risky(),
    }
}

impl Readable for CadenceAdvice {
    type Read = ReadOrganisation;
    const KIND: &'static str = "cadences";

    fn id(&self) -> Uuid {
        Uuid::nil()
    }
}

/// List cadences
///
/// Lists the cadences that a pair can choose, from the shortest interval to the longest, with advice on each. The list
/// is the same for everyone and always one page. To set the cadence of a pair, use `PATCH /v1/pairs/{id}`.
#[utoipa::path(tag = "sessions", responses((status = 200, body = Page<CadenceView>)))]
#[get("/v1/cadences")]
async fn list_cadences(viewer: Viewer) -> Result<Page<CadenceView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    page(&viewer, Limit::default(), CadenceAdvice::ALL.to_vec(), None, |advice| advice.cadence)
}
