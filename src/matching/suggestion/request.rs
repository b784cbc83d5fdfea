//! HTTP operations that request suggestions and read requests.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::SuggestionView;
use super::make::{Made, make};
use super::model::{ExcludedCounts, SuggestionRequest};
use super::store;
use crate::db::Tx;
use crate::http::{App, IdempotencyKey, Json, Path};
use crate::ids::{PersonId, ProgramId, SuggestionRequestId};
use crate::matching::learning;
use crate::matching::mentor_index::MentorIndex;
use crate::number::Whole;
use crate::outbox::{self, Event};
use crate::people::person::api::PersonRef;
use crate::people::person::store::find_candidate;
use crate::policy::acts::{ReadSuggestion, RequestSuggestions};
use crate::policy::{Permit, Sealed, Shown, Viewer, permit, readable_as, show, view};
use crate::problem::{Code, Problem};
use crate::programs::api::ProgramRef;
use crate::programs::model::ProgramModel;
use crate::programs::store::find_terms;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(request_suggestions).service(read_suggestion_request);
}

view! {
    /// A request for suggestions with its result. The mentee, leads of the program and admins see it.
    SuggestionRequestView of request: SuggestionRequest, clearance {
        let home = request.home();
        let program = request.program_id.zip(request.program_name).map(|(id, name)| ProgramRef { id, name });
        let mentee = PersonRef::new(request.mentee_id, request.mentee_name, request.mentee_title);
        let suggestions = request.suggestions.into_iter().map(|suggestion| clearance.nested(suggestion)).collect::<Vec<_>>();
        /// Id of the suggestion request.
        public id: SuggestionRequestId,
        /// Mentee of the suggestions.
        private mentee: PersonRef = clearance.show(mentee),
        /// Program for which they were requested. `null`: no program.
        private program: Option<ProgramRef> = clearance.show(program),
        /// Mentoring model for which they were requested.
        private model: ProgramModel,
        /// Suggestions as they are now, best first. Empty: no mentor was suitable.
        #[schema(max_items = 10)]
        private suggestions: Vec<SuggestionView> = clearance.show(suggestions),
        /// Number of mentors who could not be suggested, per reason.
        private excluded: ExcludedCounts = clearance.unseal(home, request.excluded),
        /// Time of the request.
        private made_at: DateTime<Utc> = clearance.show(request.created_at),
    }
}

readable_as!(SuggestionRequest: ReadSuggestion, "suggestion_requests");

/// Number of suggestions to make, 1 to 10. Default: 5.
#[derive(Clone, Copy, Debug)]
struct SuggestionLimit(u8);

impl Default for SuggestionLimit {
    fn default() -> Self {
        Self(5)
    }
}

impl<'de> Deserialize<'de> for SuggestionLimit {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Whole::deserialize(from)?.0 {
            count @ 1..=10 => Ok(Self(u8::try_from(count).unwrap_or(10))),
            _ => Err(serde::de::Error::custom("must be a whole number from 1 to 10")),
        }
    }
}

/// Request for suggestions.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "model": "one_on_one", "limit": 3 })))]
#[serde(deny_unknown_fields)]
pub struct RequestSuggestionsInput {
    /// Id of the mentee. Default: you.
    mentee_id: Option<PersonId>,
    /// Id of the program. Its coordinators can read the suggestions. Default: no program.
    program_id: Option<ProgramId>,
    /// Mentoring model. Default: the model of the program, or `one_on_one` without a program.
    model: Option<ProgramModel>,
    /// Highest number of suggestions, 1 to 10. Default: 5.
    #[serde(default)]
    #[schema(value_type = i64, required = false, minimum = 1, maximum = 10, default = 5, examples(5))]
    limit: SuggestionLimit,
}

/// Request suggestions
///
/// Suggests the best available mentors to a mentee, each with reasons. You may request them for yourself. Leads may
/// request them for mentees in their program, and admins for everyone.
///
/// - Open suggestions for the same mentee and program become `stale`, except those in an open mentor request.
/// - Mentors who were dismissed for this mentee, or declined, within the last year are not suggested.
/// - There may be fewer suggestions than `limit`, or none: scores below the level `low` are not suggested. `excluded`
///   has the number of mentors who could not be suggested, per reason.
///
/// 409, depending on the mentee:
///
/// - `person_not_active`: the mentee is not active.
/// - `wrong_state`: the mentee wants no mentor, is paused, or has no role of the career ladder.
/// - `not_enrolled`: people enrol in the program, and the mentee is not enrolled as a mentee.
///
/// The score uses skills, level, career aim, topics, years in the organisation, team, time zone, load and ways to meet.
/// Answers about how people like to work count only if the person agreed; they appear as the one number `personal_fit`
/// and are never quoted. The mentee sees how many years longer a mentor has worked here, and whether the mentor had the
/// role that the mentee aims for. Age, gender, origin, health and family never count.
#[utoipa::path(tag = "suggestions", request_body = RequestSuggestionsInput, responses((status = 201, body = SuggestionRequestView)))]
#[post("/v1/suggestions")]
async fn request_suggestions(
    app: Data<App>,
    mentor_index: Data<MentorIndex>,
    viewer: Viewer,
    input: Json<RequestSuggestionsInput>,
    once: IdempotencyKey,
) -> Result<Shown<SuggestionRequestView>, Problem> {
    let input = input.into_inner();
    let request = draft(&app, &viewer, &input).await?;
    may_ask(&viewer, request.clone())?;
    // Made before the transaction, so that the transaction does not wait for the index.
    let Made { request, proposals, comparison } = {
        let (mentors, mut tx) = mentor_index.current(&app, request.created_at).await?;
        make(&mut tx, &mentors, &app.clock, request, input.limit.0.into()).await?
    };
    app.once(
        &viewer,
        &once,
        async |tx| {
            let request = may_ask(&viewer, request)?;
            let id = request.id;
            tx.lock(request.mentee_id.into()).await?;
            store::insert(tx, request).await?;
            for proposal in &proposals {
                learning::record(tx, proposal).await?;
            }
            if let Some(comparison) = &comparison {
                learning::store::compare(tx, comparison).await?;
            }
            outbox::add(tx, &app.clock, Event::SuggestionsMade(id), None).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/suggestion-requests/{id}"))),
    )
    .await
}

async fn draft(app: &App, viewer: &Viewer, input: &RequestSuggestionsInput) -> Result<SuggestionRequest, Problem> {
    let own = viewer
        .person()
        .ok_or_else(|| Problem::new(Code::NotAllowed, "Only a person can request suggestions. Sign in as a person."))?;
    let missing = || Problem::invalid("/mentee_id", "must be the id of an existing person");
    let mut tx = app.read_one().await?;
    let mentee = find_candidate(&mut tx, input.mentee_id.unwrap_or(own)).await?.ok_or_else(missing)?;
    let terms = match input.program_id {
        Some(program) => {
            let found = find_terms(&mut tx, program).await?;
            Some(found.ok_or_else(|| Problem::invalid("/program_id", "must be the id of an existing program"))?)
        }
        None => None,
    };
    Ok(SuggestionRequest {
        id: SuggestionRequestId::new(&app.clock),
        mentee_id: mentee.id,
        mentee_name: mentee.name,
        mentee_title: None,
        program_id: input.program_id,
        program_name: None,
        model: input.model.or(terms.map(|terms| terms.model)).unwrap_or_default(),
        excluded: Sealed::new(mentee.id, ExcludedCounts::default()),
        created_at: app.clock.now(),
        suggestions: Vec::new(),
    })
}

/// 403 instead of 404: no record exists yet that could be hidden, and the existence of the mentee is public.
fn may_ask(
    viewer: &Viewer,
    request: SuggestionRequest,
) -> Result<Permit<RequestSuggestions, SuggestionRequest>, Problem> {
    let refused = |_| {
        Problem::new(
            Code::NotAllowed,
            "You may request suggestions for yourself. Only leads of the program and admins may request them for \
             other mentees.",
        )
    };
    permit::<RequestSuggestions, _>(viewer, request).map_err(refused)
}

/// Read a suggestion request
///
/// Shows the suggestions of a request with their current status, including accepted, dismissed and stale ones. The
/// mentee, leads of the program and admins may do this. Other viewers get 404.
#[utoipa::path(tag = "suggestions", params(("id" = SuggestionRequestId, Path)), responses((status = 200, body = SuggestionRequestView)))]
#[get("/v1/suggestion-requests/{id}")]
async fn read_suggestion_request(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SuggestionRequestId>,
) -> Result<Shown<SuggestionRequestView>, Problem> {
    let mut tx = app.read().await?;
    read(&mut tx, &viewer, *id).await
}

async fn read(tx: &mut Tx, viewer: &Viewer, id: SuggestionRequestId) -> Result<Shown<SuggestionRequestView>, Problem> {
    show(viewer, store::find_request(tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
