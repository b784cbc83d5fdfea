//! Suggestions over HTTP: reading them.

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
use crate::programs::model::Model;
use crate::text::Sentence;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_suggestions).service(read_suggestion);
}

/// Why a suggestion was dismissed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Dismissal {
    /// The reason.
    reason: DismissReason,
    /// In somebody's words.
    note: Option<Sentence>,
}

view! {
    /// One mentor for one mentee, with the reasons as they were when it was made. For the mentee and the leads; the
    /// mentor does not see it.
    SuggestionView {
        /// Names the suggestion.
        public id: SuggestionId,
        /// The request it came of.
        private request_id: SuggestionRequestId,
        /// Who is suggested.
        private mentor: PersonRef,
        /// For whom.
        private mentee: PersonRef,
        /// The program it was asked for in.
        private program: Option<ProgramRef>,
        /// The way of mentoring it was asked for.
        private model: Model,
        /// Where it is in its life.
        private status: SuggestionStatus,
        /// 0 to 10 000: the sum of the contributions of all `reasons`.
        #[schema(minimum = 0, maximum = 10_000, examples(7412))]
        private score: i64,
        /// What to make of the score, once `cautions` are heeded.
        private level: SuggestionLevel,
        /// The estimated chance that such a pair does well, before cautions. By `prior-1`, and by a program's own weights, a rule of thumb
        /// set by hand; estimated from outcomes where something was learnt.
        #[schema(minimum = 0, maximum = 100, examples(81))]
        private percent: u8,
        /// What the level advises.
        #[schema(max_length = 100, examples("proceed with confidence"))]
        private advice: &'static str,
        /// Why the level is one lower than the score alone would give.
        #[schema(max_items = 3)]
        private cautions: Vec<SuggestionCaution>,
        /// What each factor adds to the score, and why.
        #[schema(max_items = 10)]
        private reasons: Vec<SuggestionReason>,
        /// The three reasons that speak most for it.
        #[schema(max_items = 3)]
        private strengths: Vec<SuggestionRemark>,
        /// What to think about first.
        #[schema(max_items = 10)]
        private considerations: Vec<SuggestionRemark>,
        /// What the mentee wants to learn, most covered first.
        private growth_areas: Vec<SuggestionGrowthArea>,
        /// The mentor's places when it was made.
        private mentor_capacity: SuggestionCapacity,
        /// Which weights and thresholds made the score.
        #[schema(max_length = 100, examples("prior-1"))]
        private model_version: String,
        /// The pair that came of it.
        private pair_id: Option<PairId>,
        /// Why it was dismissed.
        private dismissal: Option<Dismissal>,
        /// When it was made.
        private made_at: DateTime<Utc>,
        /// When it changed last.
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

/// Which suggestions to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSuggestions {
    /// Suggestions for this mentee.
    mentee_id: Option<PersonId>,
    /// Suggestions of this program.
    program_id: Option<ProgramId>,
    /// Suggestions of this status.
    #[param(inline)]
    status: Option<SuggestionStatus>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<SuggestionId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists suggestions: your own, and those of the programs that you lead.
///
/// In the order they were made; of those made together the best comes first. Suggestions for others, outside the programs
/// you lead, are not in the list, whatever the filter says.
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
    let mut tx = app.look().await?;
    let suggestions = store::list(&mut tx, &viewer, &only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, &only)).await?;
    page(&viewer, query.limit, suggestions, total, |suggestion| suggestion.id)
}

/// Reads a suggestion.
///
/// The reasons are those of the day it was made; ask for new suggestions to have them weighed again.
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
    let mut tx = app.look().await?;
    store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)
}
