//! Drafts over HTTP: reading them, each with its reasons.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::assess::{DraftAssessment, assess};
use super::model::{Draft, DraftStatus, UnmatchedReason};
use super::store::{self, Filter};
use crate::http::{App, Count, Cursor, Limit, Page, Path, Query, page};
use crate::ids::{CohortDraftId, CohortId, PairId, PersonId};
use crate::matching::cohort::store as cohorts;
use crate::matching::roster::Roster;
use crate::people::person::api::PersonRef;
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_read, readable, show, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_cohort_drafts).service(read_cohort_draft);
}

view! {
    /// What a cohort has for one mentee: a mentor with the reasons, or none and why. For the leads of the program.
    CohortDraftView {
        /// Names the draft.
        public id: CohortDraftId,
        /// The cohort.
        private cohort_id: CohortId,
        /// The mentee.
        private mentee: PersonRef,
        /// The mentor; `null`: none in this plan.
        private mentor: Option<PersonRef>,
        /// Where it is.
        private status: DraftStatus,
        /// Planning again leaves it as it is.
        private is_locked: bool,
        /// Why there is no mentor; `null` where there is one.
        private unmatched_reason: Option<UnmatchedReason>,
        /// The code of the problem with which the rules of pairs refused it: see `/problems/{code}`.
        #[schema(max_length = 60, examples("mentor_at_capacity"))]
        private problem: Option<String>,
        /// The score on the day it was planned, 0 to 10 000.
        #[schema(minimum = 0, maximum = 10_000, examples(7412))]
        private score: Option<i64>,
        /// What speaks for the two, as things are now; `null` where there is no mentor.
        private assessment: Option<DraftAssessment>,
        /// The pair that came of it.
        private pair_id: Option<PairId>,
        /// When it changed last.
        private updated_at: DateTime<Utc>,
    }
}

impl Viewed for Draft {
    type View = CohortDraftView;

    fn view(self, clearance: &Clearance) -> CohortDraftView {
        let mentee = PersonRef { id: self.mentee_id, name: self.mentee_name, title: self.mentee_title };
        let mentor = self.mentor_id.zip(self.mentor_name);
        let mentor = mentor.map(|(id, name)| PersonRef { id, name, title: self.mentor_title });
        CohortDraftView {
            id: self.id,
            cohort_id: clearance.plain(self.cohort_id),
            mentee: clearance.plain(mentee),
            mentor: clearance.plain(mentor),
            status: clearance.plain(self.status),
            is_locked: clearance.plain(self.is_locked),
            unmatched_reason: clearance.plain(self.reason),
            problem: clearance.plain(self.problem),
            score: clearance.plain(self.score),
            assessment: clearance.plain(self.assessment),
            pair_id: clearance.plain(self.pair_id),
            updated_at: clearance.plain(self.updated_at),
            withheld: clearance.withheld::<CohortDraftView>(),
        }
    }
}

/// Which drafts to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListCohortDrafts {
    /// Drafts of this status.
    #[param(inline)]
    status: Option<DraftStatus>,
    /// Drafts with this mentor.
    mentor_id: Option<PersonId>,
    /// The draft of this mentee.
    mentee_id: Option<PersonId>,
    /// `true`: those that planning again leaves as they are; `false`: the others.
    is_locked: Option<bool>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<CohortDraftId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists what a cohort has for each mentee, with the reasons.
///
/// For the leads of its program. The reasons are of now: where a mentor has filled up or a mentee has changed their aims
/// since it was planned, they say so, while `score` stays that of the plan.
#[utoipa::path(tag = "cohorts", params(("id" = CohortId, Path), ListCohortDrafts), responses((status = 200, body = Page<CohortDraftView>)))]
#[get("/v1/cohorts/{id}/drafts")]
async fn list_cohort_drafts(
    app: Data<App>,
    roster: Data<Roster>,
    viewer: Viewer,
    id: Path<CohortId>,
    query: Query<ListCohortDrafts>,
) -> Result<Page<CohortDraftView>, Problem> {
    let after = query.cursor.map_or(CohortDraftId::first(), |cursor| cursor.0);
    let only =
        Filter { status: query.status, mentor: query.mentor_id, mentee: query.mentee_id, is_locked: query.is_locked };
    let (drafts, total) = {
        let mut tx = app.read().await?;
        readable(&viewer, cohorts::find(&mut tx, *id).await?).ok_or_else(Problem::not_found)?;
        let drafts = store::list(&mut tx, *id, only, after, query.limit.and_one()).await?;
        (drafts, query.count.of(store::count(&mut tx, *id, only)).await?)
    };
    let drafts = assess(&app, &roster, drafts).await?;
    page(&viewer, query.limit, drafts, total, |draft| draft.id)
}

/// Reads what a cohort has for one mentee, with the reasons.
///
/// For the leads of its program.
#[utoipa::path(tag = "cohorts", params(("id" = CohortDraftId, Path)), responses((status = 200, body = CohortDraftView)))]
#[get("/v1/cohort-drafts/{id}")]
async fn read_cohort_draft(
    app: Data<App>,
    roster: Data<Roster>,
    viewer: Viewer,
    id: Path<CohortDraftId>,
) -> Result<Shown<CohortDraftView>, Problem> {
    show(&viewer, find_assessed(&app, &roster, &viewer, *id).await?)
}

/// One draft with its reasons, of which nothing is reckoned for who may not read it.
pub(super) async fn find_assessed(
    app: &App,
    roster: &Roster,
    viewer: &Viewer,
    id: CohortDraftId,
) -> Result<Draft, Problem> {
    let draft = store::find(&mut app.look().await?, id).await?.ok_or_else(Problem::not_found)?;
    may_read(viewer, &draft)?;
    assess(app, roster, vec![draft]).await?.pop().ok_or_else(Problem::not_found)
}
