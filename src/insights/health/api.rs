//! HTTP handlers for pair health.

use actix_web::get;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{HealthFinding, HealthState, PairFacts, PairHealth, PairHealthSummary, state};
use super::store::{self, Filter};
use crate::http::{App, Page, Path, Query, list_query, page};
use crate::ids::{PairId, ProgramId};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{OverseePair, ReadPairHealth};
use crate::policy::{Guarded, Shown, Viewer, may_list, readable_as, show, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_pair_health).service(read_pair_health);
}

view! {
    /// Health of a pair, from the activity of the mentor and the mentee.
    PairHealthView of health: PairHealth, clearance {
        let findings = clearance.open(Guarded::new(health.facts.known(health.now)));
        let cadence = clearance.unseal(health.facts.home_of_cadence(), health.facts.cadence.clone()).into_value().flatten();
        let private_findings = clearance.open(health.private.clone()).map(|facts| health.private_findings(facts, cadence));
        let own_findings = clearance.open(health.shares.clone()).map(|shares| {
            let opened = shares.into_iter().filter_map(|share| {
                let home = share.home(health.facts.id, health.author_id?);
                Some((clearance.unseal(home, share.talk_share).into_value()?, share.created_at))
            });
            health.own_findings(&opened.collect::<Vec<_>>())
        });
        let visible = [findings.clone().into_value(), private_findings.clone().into_value()];
        let visible = visible.into_iter().chain([own_findings.clone().into_value()]).flatten();
        let is_found = visible.flatten().next().is_some();
        let facts = health.facts;
        /// Id of the pair.
        public pair_id: PairId = facts.id,
        /// The mentor.
        public mentor: PersonRef = facts.mentor(),
        /// The mentee.
        public mentee: PersonRef = facts.mentee(),
        /// Id of the program. `null`: none.
        public program_id: Option<ProgramId> = facts.standing.program_id,
        /// State according to the findings that you see.
        manager_visible state: HealthState = clearance.open(Guarded::new(state(is_found, facts.is_early(health.now)))),
        /// Findings that the mentee's manager and the leads also see: they hold for a week or more, or only the leads
        /// can act on them.
        manager_visible findings: Vec<HealthFinding> = findings,
        /// Findings that only the mentor and the mentee see: findings of the last week, and findings from private data.
        private private_findings: Vec<HealthFinding> = private_findings,
        /// Findings from your own reflections. Only you see them.
        never_shared own_findings: Vec<HealthFinding> = own_findings,
    }
}

readable_as!(PairHealth: ReadPairHealth, "pairs", id facts.id);

view! {
    /// Health of a pair, as its leads see it.
    PairHealthSummaryView of summary: PairHealthSummary, clearance {
        let (facts, now) = (summary.facts, summary.now);
        let known = facts.known(now);
        /// Id of the pair.
        public pair_id: PairId = facts.id,
        /// The mentor.
        public mentor: PersonRef = facts.mentor(),
        /// The mentee.
        public mentee: PersonRef = facts.mentee(),
        /// Id of the program. `null`: none.
        public program_id: Option<ProgramId> = facts.standing.program_id,
        /// State according to `findings`.
        manager_visible state: HealthState =
            clearance.open(Guarded::new(state(!known.is_empty(), facts.is_early(now)))),
        /// Findings that hold for a week or more, or that only the leads can act on.
        manager_visible findings: Vec<HealthFinding> = clearance.open(Guarded::new(known)),
    }
}

readable_as!(PairHealthSummary: OverseePair, "pairs", id facts.id);

impl PairFacts {
    fn mentor(&self) -> PersonRef {
        PersonRef::new(self.standing.mentor_id, self.mentor_name.clone(), self.mentor_title.clone())
    }

    fn mentee(&self) -> PersonRef {
        PersonRef::new(self.standing.mentee_id, self.mentee_name.clone(), self.mentee_title.clone())
    }
}

/// Read the health of a pair
///
/// These viewers may read it: the mentor, the mentee, the mentee's direct manager, the leads, and services with
/// `outcomes:read`. For other viewers, and for a pair that is not `active`, the problem is `not_found`.
///
/// Each finding has a kind, a start time and advice. The mentor and the mentee see a new finding first, in
/// `private_findings`, and get a notice. After one week, the manager, the leads and services see it too, in `findings`.
/// There are three exceptions:
///
/// - `mentor_overloaded` is in `findings` at once.
/// - Findings from private data always stay in `private_findings`.
/// - Findings from your own reflections are only in `own_findings`.
///
/// `state` counts only the findings that you see. So it can differ between viewers.
#[utoipa::path(tag = "insights", params(("id" = PairId, Path)), responses((status = 200, body = PairHealthView)))]
#[get("/v1/pairs/{id}/health")]
async fn read_pair_health(app: Data<App>, viewer: Viewer, id: Path<PairId>) -> Result<Shown<PairHealthView>, Problem> {
    let mut tx = app.read_one().await?;
    show(&viewer, store::find(&mut tx, &viewer, *id, app.clock.now()).await?.ok_or_else(Problem::not_found)?)
}

list_query! {
    /// Query parameters of the list of pair health.
    ListPairHealth from PairId {
        /// Only pairs with this state.
        #[param(inline)]
        state: Option<HealthState>,
        /// Only pairs of this program.
        program_id: Option<ProgramId>,
    }
}

/// List the health of the pairs you lead
///
/// Lists active pairs. Sorted by time of creation, oldest first. Coordinators get the pairs of their programs. Admins
/// and services with `outcomes:read` get all pairs. For other people the list is empty; for other services the problem
/// is `not_allowed`. `?state=needs_attention` lists the pairs that need help.
#[utoipa::path(tag = "insights", params(ListPairHealth), responses((status = 200, body = Page<PairHealthSummaryView>)))]
#[get("/v1/pair-health")]
async fn list_pair_health(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListPairHealth>,
) -> Result<Page<PairHealthSummaryView>, Problem> {
    may_list::<OverseePair>(&viewer)?;
    let (now, after) = (app.clock.now(), query.cursor.map_or(PairId::first(), |cursor| cursor.0));
    let only = Filter { state: query.state, program: query.program_id };
    let mut tx = app.read_one().await?;
    let led = store::list(&mut tx, &viewer, only, after, (query.limit.and_one(), now)).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, only, now)).await?;
    page(&viewer, query.limit, led, total, |led| led.facts.id)
}
