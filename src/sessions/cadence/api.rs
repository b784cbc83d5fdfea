//! Advice on cadences over HTTP.

use actix_web::get;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::CadenceAdvice;
use crate::http::{Limit, Page, page};
use crate::pairs::model::Cadence;
use crate::policy::acts::ReadOrganisation;
use crate::policy::{Clearance, Readable, Viewed, Viewer, may_list, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_cadences);
}

view! {
    /// How often to meet, and for whom that is right.
    CadenceView {
        /// What a pair's `cadence` is set to.
        public cadence: Cadence,
        /// Days from one session to the next; `null` where there is no rhythm.
        #[schema(minimum = 1, maximum = 366, examples(14))]
        public interval_days: Option<i64>,
        /// Whom it suits.
        #[schema(max_length = 200, examples("Most pairs."))]
        public suits: &'static str,
        /// Pairs that choose it tend to stop meeting.
        public is_risky: bool,
    }
}

impl Readable for CadenceAdvice {
    type Read = ReadOrganisation;
    const KIND: &'static str = "cadences";

    fn id(&self) -> Uuid {
        Uuid::nil()
    }
}

impl Viewed for CadenceAdvice {
    type View = CadenceView;

    fn view(self, clearance: &Clearance) -> CadenceView {
        CadenceView {
            cadence: self.cadence,
            interval_days: self.interval_days(),
            suits: self.suits(),
            is_risky: self.is_risky(),
            withheld: clearance.withheld::<CadenceView>(),
        }
    }
}

/// Lists the cadences a pair can choose from, most often first, and whom each suits.
///
/// The list is the same for everybody, and always one page. A pair's own cadence is set with
/// `PATCH /v1/pairs/{id}`.
#[utoipa::path(tag = "sessions", responses((status = 200, body = Page<CadenceView>)))]
#[get("/v1/cadences")]
async fn list_cadences(viewer: Viewer) -> Result<Page<CadenceView>, Problem> {
    may_list::<ReadOrganisation>(&viewer)?;
    page(&viewer, Limit::default(), CadenceAdvice::ALL.to_vec(), None, |advice| advice.cadence)
}
