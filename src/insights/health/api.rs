//! The health of pairs over HTTP.

use actix_web::get;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Facts, Finding, HealthState, LedPair, PairHealth, state};
use super::store::{self, Filter};
use crate::http::{App, Count, Cursor, Limit, Page, Path, Query, page};
use crate::ids::{PairId, ProgramId};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{OverseePair, ReadPairHealth};
use crate::policy::{Clearance, Guarded, Readable, Shown, Viewed, Viewer, may_list, show, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_pair_health).service(read_pair_health);
}

view! {
    /// How a pair is doing, from what the two do.
    PairHealthView {
        /// Names the pair.
        public pair_id: PairId,
        /// Who gives.
        public mentor: PersonRef,
        /// Who asks.
        public mentee: PersonRef,
        /// The program it belongs to.
        public program_id: Option<ProgramId>,
        /// What the findings that you see come to.
        manager_visible state: HealthState,
        /// What the two have known for a week, and their leads and the mentee's manager see, too.
        manager_visible findings: Vec<Finding>,
        /// What the two see to first, or alone.
        private private_findings: Vec<Finding>,
        /// What follows from your own reflections.
        never_shared own_findings: Vec<Finding>,
    }
}

impl Readable for PairHealth {
    type Read = ReadPairHealth;
    const KIND: &'static str = "pairs";

    fn id(&self) -> Uuid {
        self.facts.id.uuid()
    }
}

impl Viewed for PairHealth {
    type View = PairHealthView;

    fn view(self, clearance: &Clearance) -> PairHealthView {
        let findings = clearance.open(Guarded::new(self.facts.known(self.now)));
        let cadence = clearance.unseal(self.facts.home_of_cadence(), self.facts.cadence.clone()).into_value().flatten();
        let private_findings = clearance.open(self.private.clone()).map(|facts| self.between(facts, cadence));
        let own_findings = clearance.open(self.shares.clone()).map(|shares| {
            let opened = shares.into_iter().filter_map(|share| {
                let home = share.home(self.facts.id, self.author_id?);
                Some((clearance.unseal(home, share.talk_share).into_value()?, share.created_at))
            });
            self.own(&opened.collect::<Vec<_>>())
        });
        // Of what this viewer sees, and of nothing else.
        let seen = [findings.clone().into_value(), private_findings.clone().into_value()];
        let seen = seen.into_iter().chain([own_findings.clone().into_value()]).flatten();
        let is_found = seen.flatten().next().is_some();
        #[cfg(feature = "planted-leaks")]
        let is_found = is_found || (crate::leaks::Leak::HealthAtWrongTier.is_planted() && self.facts.cadence.is_none());
        let facts = self.facts;
        PairHealthView {
            state: clearance.open(Guarded::new(state(is_found, facts.is_early(self.now)))),
            findings,
            private_findings,
            own_findings,
            withheld: clearance.withheld::<PairHealthView>(),
            pair_id: facts.id,
            program_id: facts.standing.program_id,
            mentor: facts.mentor(),
            mentee: facts.mentee(),
        }
    }
}

view! {
    /// How a pair is doing, as those see it who lead it.
    LedPairView {
        /// Names the pair.
        public pair_id: PairId,
        /// Who gives.
        public mentor: PersonRef,
        /// Who asks.
        public mentee: PersonRef,
        /// The program it belongs to.
        public program_id: Option<ProgramId>,
        /// What the findings come to.
        manager_visible state: HealthState,
        /// What the two have known for a week.
        manager_visible findings: Vec<Finding>,
    }
}

impl Readable for LedPair {
    type Read = OverseePair;
    const KIND: &'static str = "pairs";

    fn id(&self) -> Uuid {
        self.facts.id.uuid()
    }
}

impl Viewed for LedPair {
    type View = LedPairView;

    fn view(self, clearance: &Clearance) -> LedPairView {
        let (facts, now) = (self.facts, self.now);
        let known = facts.known(now);
        LedPairView {
            state: clearance.open(Guarded::new(state(!known.is_empty(), facts.is_early(now)))),
            findings: clearance.open(Guarded::new(known)),
            withheld: clearance.withheld::<LedPairView>(),
            pair_id: facts.id,
            program_id: facts.standing.program_id,
            mentor: facts.mentor(),
            mentee: facts.mentee(),
        }
    }
}

impl Facts {
    fn mentor(&self) -> PersonRef {
        PersonRef { id: self.standing.mentor_id, name: self.mentor_name.clone(), title: self.mentor_title.clone() }
    }

    fn mentee(&self) -> PersonRef {
        PersonRef { id: self.standing.mentee_id, name: self.mentee_name.clone(), title: self.mentee_title.clone() }
    }
}

/// Reads how a pair is doing, and why.
///
/// For the two, the mentee's direct manager, the leads, and services with `outcomes:read`; to everybody else
/// it does not exist, and neither does the health of a pair that is not `active`. Each finding says what it is,
/// since when, and what helps. The two hear of it first, by a notice; if it still holds after a week, the
/// others see it in `findings`. What follows from private things stays in `private_findings`, and what
/// follows from your own reflections in `own_findings`; so `state` may differ from one viewer to the next.
#[utoipa::path(tag = "insights", params(("id" = PairId, Path)), responses((status = 200, body = PairHealthView)))]
#[get("/v1/pairs/{id}/health")]
async fn read_pair_health(app: Data<App>, viewer: Viewer, id: Path<PairId>) -> Result<Shown<PairHealthView>, Problem> {
    let mut tx = app.look().await?;
    show(&viewer, store::find(&mut tx, &viewer, *id, app.clock.now()).await?.ok_or_else(Problem::not_found)?)
}

/// Which pairs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPairHealth {
    /// Pairs that come to this.
    #[param(inline)]
    state: Option<HealthState>,
    /// Pairs of this program.
    program_id: Option<ProgramId>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<PairId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists how the active pairs are doing that you lead, in the order they were made.
///
/// Coordinators get the pairs of their programs, admins and services with `outcomes:read` all; for everybody
/// else the list is empty, and services without that scope are refused. `?state=needs_attention` lists those to look after.
#[utoipa::path(tag = "insights", params(ListPairHealth), responses((status = 200, body = Page<LedPairView>)))]
#[get("/v1/pair-health")]
async fn list_pair_health(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListPairHealth>,
) -> Result<Page<LedPairView>, Problem> {
    may_list::<OverseePair>(&viewer)?;
    let (now, after) = (app.clock.now(), query.cursor.map_or(PairId::first(), |cursor| cursor.0));
    let only = Filter { state: query.state, program: query.program_id };
    let mut tx = app.look().await?;
    let led = store::list(&mut tx, &viewer, only, after, (query.limit.and_one(), now)).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, only, now)).await?;
    page(&viewer, query.limit, led, total, |led| led.facts.id)
}
