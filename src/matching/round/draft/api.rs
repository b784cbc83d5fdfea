//! HTTP operations that read drafts.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::assess::assess;
use super::model::{Draft, DraftAssessment, DraftStatus, UnmatchedReason};
use super::store::{self, Filter};
use crate::http::{App, Page, Path, Query, list_query, page};
use crate::ids::{MatchingDraftId, MatchingRoundId, PairId, PersonId};
use crate::matching::mentor_index::MentorIndex;
use crate::matching::round::store as matching_rounds;
use crate::people::person::api::PersonRef;
use crate::policy::{Shown, Viewer, may_read, readable, show, view};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_matching_drafts).service(read_matching_draft);
}

view! {
    /// A draft: the mentor that a matching round proposes for one mentee, with reasons, or why there is none. Only
    /// leads of the program and admins see it.
    MatchingDraftView of draft: Draft, clearance {
        let mentee = PersonRef::new(draft.mentee_id, draft.mentee_name, draft.mentee_title);
        let mentor = draft.mentor_id.zip(draft.mentor_name);
        let mentor = mentor.map(|(id, name)| PersonRef::new(id, name, draft.mentor_title));
        /// Id of the draft.
        public id: MatchingDraftId,
        /// Id of the matching round.
        private matching_round_id: MatchingRoundId,
        /// The mentee.
        private mentee: PersonRef = clearance.show(mentee),
        /// The proposed mentor. `null`: no mentor in this plan.
        private mentor: Option<PersonRef> = clearance.show(mentor),
        /// Status of the draft.
        private status: DraftStatus,
        /// Whether the draft is locked. Planning again does not change a locked draft.
        private is_locked: bool,
        /// Reason why there is no mentor. `null`: the draft has a mentor.
        private unmatched_reason: Option<UnmatchedReason> = clearance.show(draft.reason),
        /// Code of the problem with which the rules of pairs refused the draft at publishing, see `/problems/{code}`.
        /// `null`: not refused.
        #[schema(max_length = 60, examples("mentor_at_capacity"))]
        private problem: Option<String>,
        /// Score at the time of planning, or when a lead chose the mentor, 0 to 10,000. `null`: no mentor.
        #[schema(minimum = 0, maximum = 10_000, examples(7412))]
        private score: Option<i64>,
        /// Assessment of the two with current data. `null`: no mentor.
        private assessment: Option<DraftAssessment>,
        /// Id of the pair that was made from the draft. `null`: not published.
        private pair_id: Option<PairId>,
        /// Time of the last change.
        private updated_at: DateTime<Utc>,
    }
}

list_query! {
    /// Filters of the list of drafts.
    ListMatchingDrafts from MatchingDraftId {
        /// Only drafts with this status.
        #[param(inline)]
        status: Option<DraftStatus>,
        /// Only drafts with this mentor.
        mentor_id: Option<PersonId>,
        /// Only the draft of this mentee.
        mentee_id: Option<PersonId>,
        /// `true`: only locked drafts. `false`: only drafts that are not locked. Absent: both.
        is_locked: Option<bool>,
    }
}

/// List the drafts of a matching round
///
/// Lists one draft per mentee, with reasons. Sorted by time of creation, oldest first. Leads of the program and admins
/// may do this. `assessment` uses current data, for example when a mentor has no free place any more. `score` stays
/// that of the plan.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingRoundId, Path), ListMatchingDrafts), responses((status = 200, body = Page<MatchingDraftView>)))]
#[get("/v1/matching-rounds/{id}/drafts")]
async fn list_matching_drafts(
    app: Data<App>,
    mentor_index: Data<MentorIndex>,
    viewer: Viewer,
    id: Path<MatchingRoundId>,
    query: Query<ListMatchingDrafts>,
) -> Result<Page<MatchingDraftView>, Problem> {
    let after = query.cursor.map_or(MatchingDraftId::first(), |cursor| cursor.0);
    let only =
        Filter { status: query.status, mentor: query.mentor_id, mentee: query.mentee_id, is_locked: query.is_locked };
    let (drafts, total) = {
        let mut tx = app.read().await?;
        readable(&viewer, matching_rounds::find(&mut tx, *id).await?).ok_or_else(Problem::not_found)?;
        let drafts = store::list(&mut tx, *id, only, after, query.limit.and_one()).await?;
        (drafts, query.count.of(store::count(&mut tx, *id, only)).await?)
    };
    let drafts = assess(&app, &mentor_index, drafts).await?;
    page(&viewer, query.limit, drafts, total, |draft| draft.id)
}

/// Read a matching draft
///
/// Shows the proposed mentor with reasons. Leads of the program and admins may read it.
#[utoipa::path(tag = "matching rounds", params(("id" = MatchingDraftId, Path)), responses((status = 200, body = MatchingDraftView)))]
#[get("/v1/matching-drafts/{id}")]
async fn read_matching_draft(
    app: Data<App>,
    mentor_index: Data<MentorIndex>,
    viewer: Viewer,
    id: Path<MatchingDraftId>,
) -> Result<Shown<MatchingDraftView>, Problem> {
    show(&viewer, find_assessed(&app, &mentor_index, &viewer, *id).await?)
}

/// One draft with its assessment, which is computed only if the viewer may read the draft.
pub(super) async fn find_assessed(
    app: &App,
    mentor_index: &MentorIndex,
    viewer: &Viewer,
    id: MatchingDraftId,
) -> Result<Draft, Problem> {
    let draft = store::find(&mut app.read_one().await?, id).await?.ok_or_else(Problem::not_found)?;
    assess_one(app, mentor_index, viewer, draft).await
}

/// Adds the assessment to a draft, if the viewer may read it. It waits for the index and takes a connection, so it is
/// called after the transaction that read the draft has ended.
pub(super) async fn assess_one(
    app: &App,
    mentor_index: &MentorIndex,
    viewer: &Viewer,
    draft: Draft,
) -> Result<Draft, Problem> {
    may_read(viewer, &draft)?;
    assess(app, mentor_index, vec![draft]).await?.pop().ok_or_else(Problem::not_found)
}
