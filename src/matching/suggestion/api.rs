//! HTTP operations that read suggestions.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::assessment::{
    SuggestionCapacity, SuggestionCaution, SuggestionGrowthArea, SuggestionReason, SuggestionRemark,
};
use super::model::{DismissReason, Suggestion, SuggestionLevel, SuggestionStatus};
use super::store::{self, Filter};
use crate::db::Tx;
use crate::http::{App, Page, Path, Query, list_query, page};
use crate::ids::{PairId, PersonId, ProgramId, SuggestionId, SuggestionRequestId};
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadSuggestion;
use crate::policy::{Shown, Viewer, may_list, readable_as, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;
use crate::programs::model::ProgramModel;
use crate::text::Sentence;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_suggestions).service(read_suggestion);
}

/// Why a suggestion was dismissed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dismissal {
    /// Reason.
    reason: DismissReason,
    /// Note of the person who dismissed it. `null`: no note.
    note: Option<Sentence>,
}

view! {
    /// A suggestion: one mentor for one mentee, with the reasons at the time it was made. The mentee, leads of the
    /// program and admins see it. The mentor does not see it.
    SuggestionView of suggestion: Suggestion, clearance {
        let (assessment, reason, note) = (suggestion.home(), suggestion.home(), suggestion.home());
        let program = suggestion.program_id.zip(suggestion.program_name).map(|(id, name)| ProgramRef { id, name });
        let mentor = PersonRef::new(suggestion.mentor_id, suggestion.mentor_name, suggestion.mentor_title);
        let mentee = PersonRef::new(suggestion.mentee_id, suggestion.mentee_name, suggestion.mentee_title);
        let findings = clearance.unseal(assessment, suggestion.assessment);
        let part = || findings.clone();
        let note = clearance.unseal(note, suggestion.dismiss_note).into_value().flatten();
        /// Id of the suggestion.
        public id: SuggestionId,
        /// Id of the suggestion request that it belongs to.
        private request_id: SuggestionRequestId,
        /// Suggested mentor.
        private mentor: PersonRef = clearance.show(mentor),
        /// Mentee of the suggestion.
        private mentee: PersonRef = clearance.show(mentee),
        /// Program for which it was requested. `null`: no program.
        private program: Option<ProgramRef> = clearance.show(program),
        /// Mentoring model for which it was requested.
        private model: ProgramModel,
        /// Status of the suggestion.
        private status: SuggestionStatus,
        /// Score, 0 to 10,000: the sum of the contributions of all `reasons`.
        #[schema(minimum = 0, maximum = 10_000, examples(7412))]
        private score: i64,
        /// Level of the suggestion, from the score and the `cautions`.
        private level: SuggestionLevel,
        /// Estimated chance in percent that such a pair does well, before cautions. The model `prior-1` and weights set
        /// by a program are rules of thumb; learnt models estimate it from outcomes.
        #[schema(minimum = 0, maximum = 100, examples(81))]
        private percent: u8 = part().map(|findings| findings.percent),
        /// Advice that belongs to the level.
        #[schema(max_length = 100, examples("proceed with confidence"))]
        private advice: &'static str = clearance.show(suggestion.level.advice()),
        /// Reasons why the level is one lower than the score alone gives. Empty: the level follows from the score.
        #[schema(max_items = 3)]
        private cautions: Vec<SuggestionCaution> = part().map(|findings| findings.cautions),
        /// Contribution of each factor to the score, with a sentence.
        #[schema(max_items = 10)]
        private reasons: Vec<SuggestionReason> = part().map(|findings| findings.reasons),
        /// The strongest reasons for the suggestion, at most three.
        #[schema(max_items = 3)]
        private strengths: Vec<SuggestionRemark> = part().map(|findings| findings.strengths),
        /// Points to consider before you decide.
        #[schema(max_items = 10)]
        private considerations: Vec<SuggestionRemark> = part().map(|findings| findings.considerations),
        /// Skills that the mentee wants to learn, best covered first.
        private growth_areas: Vec<SuggestionGrowthArea> = part().map(|findings| findings.growth_areas),
        /// Capacity of the mentor when the suggestion was made.
        private mentor_capacity: SuggestionCapacity = part().map(|findings| findings.mentor_capacity),
        /// Version of the model that made the score.
        #[schema(max_length = 100, examples("prior-1"))]
        private model_version: String,
        /// Id of the pair that was created from it. `null`: no pair.
        private pair_id: Option<PairId>,
        /// Reason and note of the dismissal. `null`: not dismissed.
        private dismissal: Option<Dismissal> = clearance
                .unseal(reason, suggestion.dismiss_reason)
                .map(|why| why.map(|reason| Dismissal { reason, note })),
        /// Time when it was made.
        private made_at: DateTime<Utc> = clearance.show(suggestion.created_at),
        /// Time of the last change.
        private updated_at: DateTime<Utc>,
    }
}

readable_as!(Suggestion: ReadSuggestion, "suggestions");

list_query! {
    /// Filters of the list of suggestions.
    ListSuggestions from SuggestionId {
        /// Only suggestions for this mentee.
        mentee_id: Option<PersonId>,
        /// Only suggestions of this program.
        program_id: Option<ProgramId>,
        /// Only suggestions with this status.
        #[param(inline)]
        status: Option<SuggestionStatus>,
    }
}

/// List suggestions
///
/// Lists suggestions for you and suggestions of the programs that you lead. Admins see all. Sorted by time of creation,
/// oldest first. Suggestions of one request are sorted by score, best first. Open suggestions are left out while the
/// mentor takes no new mentee. Filters do not show suggestions that you may not read.
#[utoipa::path(tag = "suggestions", params(ListSuggestions), responses((status = 200, body = Page<SuggestionView>)))]
#[get("/v1/suggestions")]
async fn list_suggestions(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListSuggestions>,
) -> Result<Page<SuggestionView>, Problem> {
    may_list::<ReadSuggestion>(&viewer)?;
    let after = query.cursor.map_or(SuggestionId::first(), |cursor| cursor.0);
    let only = Filter { mentee: query.mentee_id, program: query.program_id, status: query.status };
    let mut tx = app.read_one().await?;
    let suggestions = store::list(&mut tx, &viewer, &only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, &only)).await?;
    page(&viewer, query.limit, suggestions, total, |suggestion| suggestion.id)
}

/// Read a suggestion
///
/// The mentee, leads of the program and admins may read it. The reasons are those of the time when it was made. Request
/// new suggestions for reasons with current data.
#[utoipa::path(tag = "suggestions", params(("id" = SuggestionId, Path)), responses((status = 200, body = SuggestionView)))]
#[get("/v1/suggestions/{id}")]
async fn read_suggestion(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SuggestionId>,
) -> Result<Shown<SuggestionView>, Problem> {
    show(&viewer, read(&mut app.read_one().await?, *id).await?)
}

pub(super) async fn read(tx: &mut Tx, id: SuggestionId) -> Result<Suggestion, Problem> {
    store::find(tx, id).await?.ok_or_else(Problem::not_found)
}
