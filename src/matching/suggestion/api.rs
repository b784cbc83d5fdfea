//! HTTP operations that read suggestions.

use actix_web::get;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::assessment::{
    SuggestionCapacity, SuggestionCaution, SuggestionGrowthArea, SuggestionReason, SuggestionRemark,
};
use super::model::{DismissReason, Suggestion, SuggestionLevel, SuggestionStatus};
use super::store::{self, Filter};
use crate::http::{App, Count, Cursor, Limit, Page, Path, Query, page};
use crate::ids::{PairId, PersonId, ProgramId, SuggestionId, SuggestionRequestId};
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadSuggestion;
use crate::policy::{Clearance, Readable, Shown, Viewed, Viewer, may_list, show, view};
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
    SuggestionView {
        /// Id of the suggestion.
        public id: SuggestionId,
        /// Id of the suggestion request that it belongs to.
        private request_id: SuggestionRequestId,
        /// Suggested mentor.
        private mentor: PersonRef,
        /// Mentee of the suggestion.
        private mentee: PersonRef,
        /// Program for which it was requested. `null`: no program.
        private program: Option<ProgramRef>,
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
        private percent: u8,
        /// Advice that belongs to the level.
        #[schema(max_length = 100, examples("proceed with confidence"))]
        private advice: &'static str,
        /// Reasons why the level is one lower than the score alone gives. Empty: the level follows from the score.
        #[schema(max_items = 3)]
        private cautions: Vec<SuggestionCaution>,
        /// Contribution of each factor to the score, with a sentence.
        #[schema(max_items = 10)]
        private reasons: Vec<SuggestionReason>,
        /// The strongest reasons for the suggestion, at most three.
        #[schema(max_items = 3)]
        private strengths: Vec<SuggestionRemark>,
        /// Points to consider before you decide.
        #[schema(max_items = 10)]
        private considerations: Vec<SuggestionRemark>,
        /// Skills that the mentee wants to learn, best covered first.
        private growth_areas: Vec<SuggestionGrowthArea>,
        /// Capacity of the mentor when the suggestion was made.
        private mentor_capacity: SuggestionCapacity,
        /// Version of the model that made the score.
        #[schema(max_length = 100, examples("prior-1"))]
        private model_version: String,
        /// Id of the pair that was created from it. `null`: no pair.
        private pair_id: Option<PairId>,
        /// Reason and note of the dismissal. `null`: not dismissed.
        private dismissal: Option<Dismissal>,
        /// Time when it was made.
        private made_at: DateTime<Utc>,
        /// Time of the last change.
        private updated_at: DateTime<Utc>,
    }
}

impl Readable for Suggestion {
    type Read = ReadSuggestion;
    const KIND: &'static str = "suggestions";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for Suggestion {
    type View = SuggestionView;

    fn view(self, clearance: &Clearance) -> SuggestionView {
        let (assessment, reason, note) = (self.home(), self.home(), self.home());
        let program = self.program_id.zip(self.program_name).map(|(id, name)| ProgramRef { id, name });
        let mentor = PersonRef { id: self.mentor_id, name: self.mentor_name, title: self.mentor_title };
        let mentee = PersonRef { id: self.mentee_id, name: self.mentee_name, title: self.mentee_title };
        let findings = clearance.unseal(assessment, self.assessment);
        let part = || findings.clone();
        let note = clearance.unseal(note, self.dismiss_note).into_value().flatten();
        SuggestionView {
            id: self.id,
            request_id: clearance.plain(self.request_id),
            mentor: clearance.plain(mentor),
            mentee: clearance.plain(mentee),
            program: clearance.plain(program),
            model: clearance.plain(self.model),
            status: clearance.plain(self.status),
            score: clearance.plain(self.score),
            level: clearance.plain(self.level),
            percent: part().map(|findings| findings.percent),
            advice: clearance.plain(self.level.advice()),
            cautions: part().map(|findings| findings.cautions),
            reasons: part().map(|findings| findings.reasons),
            strengths: part().map(|findings| findings.strengths),
            considerations: part().map(|findings| findings.considerations),
            growth_areas: part().map(|findings| findings.growth_areas),
            mentor_capacity: part().map(|findings| findings.mentor_capacity),
            model_version: clearance.plain(self.model_version),
            pair_id: clearance.plain(self.pair_id),
            dismissal: clearance
                .unseal(reason, self.dismiss_reason)
                .map(|why| why.map(|reason| Dismissal { reason, note })),
            made_at: clearance.plain(self.created_at),
            updated_at: clearance.plain(self.updated_at),
            withheld: clearance.withheld::<SuggestionView>(),
        }
    }
}

/// Filters of the list of suggestions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSuggestions {
    /// Only suggestions for this mentee.
    mentee_id: Option<PersonId>,
    /// Only suggestions of this program.
    program_id: Option<ProgramId>,
    /// Only suggestions with this status.
    #[param(inline)]
    status: Option<SuggestionStatus>,
    /// Number of items on a page. Default: 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the previous page. Absent: the first page.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<SuggestionId>>,
    /// `exact`: the page also has `total`, the number of items on all pages. Absent: no `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
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
    show(&viewer, read_again(&app, *id).await?)
}

pub(super) async fn read_again(app: &App, id: SuggestionId) -> Result<Suggestion, Problem> {
    let mut tx = app.read_one().await?;
    store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)
}
