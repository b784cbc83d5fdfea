//! Asking for suggestions.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::api::SuggestionView;
use super::make::{Made, make};
use super::model::{ExcludedCounts, SuggestionRequest};
use super::store;
use crate::http::{App, Json, Once, Path};
use crate::ids::{PersonId, ProgramId, SuggestionRequestId};
use crate::matching::learning;
use crate::matching::roster::Roster;
use crate::number::Whole;
use crate::outbox::{self, Event};
use crate::people::person::api::PersonRef;
use crate::people::person::store::find_candidate;
use crate::policy::acts::{ReadSuggestion, RequestSuggestions};
use crate::policy::{Clearance, Permit, Readable, Sealed, Shown, Viewed, Viewer, permit, show, view};
use crate::problem::{Code, Problem};
use crate::programs::api::ProgramRef;
use crate::programs::model::Model;
use crate::programs::store::find_terms;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(request_suggestions).service(read_suggestion_request);
}

view! {
    /// That somebody asked for suggestions, and what came of it. For the mentee and the leads.
    SuggestionRequestView {
        /// Names the request.
        public id: SuggestionRequestId,
        /// For whom.
        private mentee: PersonRef,
        /// In which program.
        private program: Option<ProgramRef>,
        /// For which way of mentoring.
        private model: Model,
        /// The suggestions, the best first, as they are now.
        #[schema(max_items = 10)]
        private suggestions: Vec<SuggestionView>,
        /// How many mentors could not be suggested, and why.
        private excluded: ExcludedCounts,
        /// When.
        private made_at: DateTime<Utc>,
    }
}

impl Readable for SuggestionRequest {
    type Read = ReadSuggestion;
    const KIND: &'static str = "suggestion_requests";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Viewed for SuggestionRequest {
    type View = SuggestionRequestView;

    fn view(self, clearance: &Clearance) -> SuggestionRequestView {
        let home = self.home();
        let program = self.program_id.zip(self.program_name).map(|(id, name)| ProgramRef { id, name });
        let mentee = PersonRef { id: self.mentee_id, name: self.mentee_name, title: self.mentee_title };
        // All of one mentee and one program, as the request is: so the viewer stands to them as to it.
        let suggestions = self.suggestions.into_iter().map(|suggestion| clearance.nested(suggestion)).collect();
        SuggestionRequestView {
            id: self.id,
            mentee: clearance.plain(mentee),
            program: clearance.plain(program),
            model: clearance.plain(self.model),
            suggestions: clearance.plain(suggestions),
            excluded: clearance.unseal(home, self.excluded),
            made_at: clearance.plain(self.created_at),
            withheld: clearance.withheld::<SuggestionRequestView>(),
        }
    }
}

/// How many suggestions to make: 1 to 10, 5 unless told.
#[derive(Clone, Copy, Debug)]
struct HowMany(u8);

impl Default for HowMany {
    fn default() -> Self {
        Self(5)
    }
}

impl<'de> Deserialize<'de> for HowMany {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        match Whole::deserialize(from)?.0 {
            count @ 1..=10 => Ok(Self(u8::try_from(count).unwrap_or(10))),
            _ => Err(serde::de::Error::custom("must be a whole number from 1 to 10")),
        }
    }
}

/// For whom to make suggestions.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "model": "one_on_one", "limit": 3 })))]
#[serde(deny_unknown_fields)]
pub struct RequestSuggestionsInput {
    /// The mentee; you unless told.
    mentee_id: Option<PersonId>,
    /// The program; its coordinators see the suggestions and may ask for them.
    program_id: Option<ProgramId>,
    /// The way of mentoring; the program's unless told, or `one_on_one`.
    model: Option<Model>,
    /// How many at most.
    #[serde(default)]
    #[schema(value_type = i64, required = false, minimum = 1, maximum = 10, default = 5, examples(5))]
    limit: HowMany,
}

/// Suggests mentors to a mentee: the best of all who may and can, each with its reasons.
///
/// You ask for yourself, or as a lead for others. Earlier suggestions for the same mentee and program that nobody has
/// answered become `stale`; mentors dismissed within a year are not suggested again. There may be fewer than asked for,
/// or none: nobody is suggested whose score says "rather not", and `excluded` tells how many could not be suggested for
/// which reason.
///
/// 409 where the mentee is not active (`person_not_active`), wants no mentor, is paused or has no ladder role (`wrong_state`), or
/// takes no part as a mentee in a program that people enrol in (`not_enrolled`).
///
/// What counts: skills, level, career aim, topics, years here, team, time zone, load and ways to meet; and, of those who
/// agreed to it, answers about how they like to work, which appear as the one number `personal_fit` and are never
/// quoted. The suggestion tells the mentee how many years longer a mentor has worked here and whether they held the role
/// that the mentee aims for: who offers mentoring tells that with it. Age, gender, origin, health and family never count.
#[utoipa::path(tag = "suggestions", request_body = RequestSuggestionsInput, responses((status = 201, body = SuggestionRequestView)))]
#[post("/v1/suggestions")]
async fn request_suggestions(
    app: Data<App>,
    roster: Data<Roster>,
    viewer: Viewer,
    input: Json<RequestSuggestionsInput>,
    once: Once,
) -> Result<Shown<SuggestionRequestView>, Problem> {
    let input = input.into_inner();
    let request = draft(&app, &viewer, &input).await?;
    may_ask(&viewer, request.clone())?;
    // Made before the unit of work begins: there nobody should wait for the index.
    let Made { request, proposals, comparison } = {
        let (mentors, mut tx) = roster.current(&app, request.created_at).await?;
        make(&mut tx, &mentors, &app.clock, request, input.limit.0.into()).await?
    };
    let id = app
        .once(&viewer, &once, async |tx| {
            let request = may_ask(&viewer, request)?;
            let id = request.id;
            tx.hold(request.mentee_id.into()).await?;
            store::insert(tx, request).await?;
            for proposal in &proposals {
                learning::note(tx, proposal).await?;
            }
            if let Some(comparison) = &comparison {
                learning::store::compare(tx, comparison).await?;
            }
            outbox::add(tx, &app.clock, Event::SuggestionsMade(id), None).await?;
            Ok(id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/suggestion-requests/{id}")))
}

async fn draft(app: &App, viewer: &Viewer, input: &RequestSuggestionsInput) -> Result<SuggestionRequest, Problem> {
    let own = viewer.person().ok_or_else(|| Problem::new(Code::NotAllowed, "Suggestions are for people."))?;
    let missing = || Problem::invalid("/mentee_id", "names no person");
    let mut tx = app.look().await?;
    let mentee = find_candidate(&mut tx, input.mentee_id.unwrap_or(own)).await?.ok_or_else(missing)?;
    let terms = match input.program_id {
        Some(program) => {
            let found = find_terms(&mut tx, program).await?;
            Some(found.ok_or_else(|| Problem::invalid("/program_id", "names no program"))?)
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

/// Not 404 but 403 for everybody else: there is no record yet whose existence could be hidden, and the mentee's is public.
fn may_ask(
    viewer: &Viewer,
    request: SuggestionRequest,
) -> Result<Permit<RequestSuggestions, SuggestionRequest>, Problem> {
    let refused = |_| Problem::new(Code::NotAllowed, "Ask for yourself, or as a lead of the program for its mentees.");
    permit::<RequestSuggestions, _>(viewer, request).map_err(refused)
}

/// Reads what came of asking for suggestions.
///
/// The suggestions are as they are now: accepted, dismissed and stale ones are among them.
#[utoipa::path(tag = "suggestions", params(("id" = SuggestionRequestId, Path)), responses((status = 200, body = SuggestionRequestView)))]
#[get("/v1/suggestion-requests/{id}")]
async fn read_suggestion_request(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SuggestionRequestId>,
) -> Result<Shown<SuggestionRequestView>, Problem> {
    read_again(&app, &viewer, *id).await
}

async fn read_again(
    app: &App,
    viewer: &Viewer,
    id: SuggestionRequestId,
) -> Result<Shown<SuggestionRequestView>, Problem> {
    let mut tx = app.read().await?;
    show(viewer, store::find_request(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
