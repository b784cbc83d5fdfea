//! Asking for a mentor, and asking no further.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{MentorRequestView, read_again};
use super::model::{
    DaysToAnswer, MOST_CHOICES, MOST_LIVE, MentorChoice, MentorChoiceStatus, MentorRequest, MentorRequestStatus,
};
use super::{store, turn};
use crate::db::Tx;
use crate::http::{App, Json, Nothing, Once, Path, Seen};
use crate::ids::{MentorRequestId, PersonId, SuggestionId};
use crate::matching::suggestion;
use crate::matching::suggestion::make::check_still_holds;
use crate::matching::suggestion::model::Suggestion;
use crate::outbox::{self, Event};
use crate::policy::acts::{AskMentors, WithdrawMentorRequest};
use crate::policy::{Sealed, Shown, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::programs::enrolment::model::EnrolmentRole;
use crate::programs::enrolment::store::is_enrolled;
use crate::text::Text;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_mentor_request).service(withdraw_mentor_request);
}

/// Whom to ask, and for how long.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "choices": ["01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c", "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1d"],
    "message": "I would like to learn how you prepare a talk.",
    "days_to_answer": 5,
})))]
pub struct CreateMentorRequest {
    /// Open suggestions of yours, the mentor you would like best first: all of one program, or all of none.
    #[schema(min_items = 1, max_items = 5)]
    choices: Vec<SuggestionId>,
    /// A word to those who are asked; so it should name none of them. The leads of the program read it, too.
    message: Option<Text>,
    /// How many days each has to answer; 5 unless told.
    #[serde(default)]
    #[schema(required = false, default = 5)]
    days_to_answer: DaysToAnswer,
}

/// Asks for a mentor: the first choice, and the next where that one does not say yes in time.
///
/// Whoever is asked sees your name, your message and **your growth areas as the suggestion has them**: the skills you want
/// to learn, where you are and where you want to be. They do not see whom else you would ask, nor in which order, and those
/// whose turn does not come learn nothing. When somebody says yes a pair begins, and nobody else is asked. A mentor who is
/// not available when their turn comes is passed over: full, away, taking nobody, or with as many to answer as places.
///
/// There is one request at a time in each program and one in none, at most three in all, and none in a program in which
/// you have a mentor. Until a request is over its suggestions stay `open`, and are not answered otherwise.
#[utoipa::path(tag = "suggestions", request_body = CreateMentorRequest, responses((status = 201, body = MentorRequestView)))]
#[post("/v1/mentor-requests")]
async fn create_mentor_request(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateMentorRequest>,
    once: Once,
) -> Result<Shown<MentorRequestView>, Problem> {
    let input = input.into_inner();
    check_choices(&input.choices)?;
    let id = app.once(&viewer, &once, async |tx| write(&app, tx, &viewer, input).await).await?;
    turn::pass(&app, id).await;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/mentor-requests/{id}")))
}

async fn write(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    input: CreateMentorRequest,
) -> Result<MentorRequestId, Problem> {
    let own = viewer.person().ok_or_else(|| Problem::new(Code::NotAllowed, "Only people ask for a mentor."))?;
    let now = app.clock.now();
    // Suggestions before people, as who answers one does.
    let mut held = input.choices.clone();
    held.sort_unstable();
    for id in held {
        tx.hold(id.into()).await?;
    }
    let chosen = find_chosen(tx, own, &input.choices).await?;
    store::hold_people(tx, chosen.iter().map(|one| one.mentor_id).chain([own]).collect()).await?;
    if store::count_live(tx, own).await? >= MOST_LIVE {
        return Err(Problem::wrong_state("You ask for three mentors already; withdraw a request first."));
    }
    check_available(tx, &chosen, now).await?;
    let request = permit::<AskMentors, _>(viewer, draft(app, own, input, &chosen))?;
    let id = request.id;
    store::insert(tx, request).await?;
    outbox::add(tx, &app.clock, Event::MentorRequestMade(id), None).await?;
    Ok(id)
}

fn check_choices(choices: &[SuggestionId]) -> Result<(), Problem> {
    if !(1..=MOST_CHOICES).contains(&choices.len()) {
        return Err(Problem::invalid("/choices", format!("must be 1 to {MOST_CHOICES} suggestions")));
    }
    for (place, choice) in choices.iter().enumerate() {
        if choices[..place].contains(choice) {
            return Err(Problem::invalid(format!("/choices/{place}"), "is named twice"));
        }
    }
    Ok(())
}

/// The suggestions, in their order. Those of others are told from none by nothing.
async fn find_chosen(tx: &mut Tx, mentee: PersonId, choices: &[SuggestionId]) -> Result<Vec<Suggestion>, Problem> {
    let mut found = suggestion::store::list_these(tx, choices.iter().copied().collect()).await?;
    found.retain(|suggestion| suggestion.mentee_id == mentee);
    let mut chosen: Vec<Suggestion> = Vec::new();
    for (place, id) in choices.iter().enumerate() {
        let at = format!("/choices/{place}");
        let Some(suggestion) = found.iter().find(|suggestion| suggestion.id == *id) else {
            return Err(Problem::invalid(at, "names no suggestion of yours"));
        };
        suggestion.check_is_open().map_err(|problem| problem.at(&at, "is not open"))?;
        if let Some(first) = chosen.first()
            && first.program_id != suggestion.program_id
        {
            return Err(Problem::invalid(at, "is of another program than the first"));
        }
        if chosen.iter().any(|other| other.mentor_id == suggestion.mentor_id) {
            return Err(Problem::invalid(at, "is the same mentor again"));
        }
        chosen.push(suggestion.clone());
    }
    Ok(chosen)
}

/// Refuses whom nobody could be paired with now. How many wait for a mentor's answer is the mentor's affair: that is looked
/// at when their turn comes.
async fn check_available(tx: &mut Tx, chosen: &[Suggestion], now: DateTime<Utc>) -> Result<(), Problem> {
    let first = &chosen[0];
    if let Some(program) = first.program_id
        && !is_enrolled(tx, program, first.mentee_id, EnrolmentRole::Mentee).await?
    {
        return Err(Problem::new(Code::NotEnrolled, "You take no part in this program as a mentee."));
    }
    if store::has_mentor(tx, first.mentee_id, first.program_id).await? {
        return Err(Problem::wrong_state("You have a mentor in this program."));
    }
    for (place, suggestion) in chosen.iter().enumerate() {
        let at = format!("/choices/{place}");
        let gone = |problem: Problem| problem.at(&at, "is not available");
        check_still_holds(tx, suggestion, now).await.map_err(gone)?;
        if !store::find_room(tx, suggestion.mentor_id, suggestion.program_id, now).await?.has_place() {
            let full = Problem::new(Code::MentorAtCapacity, "This mentor has as many pairs as they offered to take.");
            return Err(full.at(&at, "is full"));
        }
    }
    Ok(())
}

fn draft(app: &App, own: PersonId, input: CreateMentorRequest, chosen: &[Suggestion]) -> MentorRequest {
    let (id, now) = (MentorRequestId::new(&app.clock), app.clock.now());
    let choices = (1..).zip(chosen).map(|(rank, suggestion)| MentorChoice {
        request_id: id,
        rank,
        suggestion_id: suggestion.id,
        mentor_id: suggestion.mentor_id,
        mentor_name: suggestion.mentor_name.clone(),
        mentor_title: None,
        status: MentorChoiceStatus::Waiting,
        ask_id: None,
        asked_at: None,
        answer_by: None,
        closed_at: None,
    });
    MentorRequest {
        id,
        mentee_id: own,
        mentee_name: chosen[0].mentee_name.clone(),
        mentee_title: None,
        program_id: chosen[0].program_id,
        program_name: None,
        message: input.message.map(|text| Sealed::new(own, text)),
        days_to_answer: input.days_to_answer.into(),
        status: MentorRequestStatus::Open,
        pair_id: None,
        due_at: Some(now),
        created_at: now,
        updated_at: now,
        revision: 1,
        choices: choices.collect(),
    }
}

/// Asks no further.
///
/// Whoever is asked finds it gone, and nobody is asked after them. The mentee may.
#[utoipa::path(tag = "suggestions", params(("id" = MentorRequestId, Path)), request_body = Nothing, responses((status = 200, body = MentorRequestView)))]
#[post("/v1/mentor-requests/{id}/withdraw")]
async fn withdraw_mentor_request(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MentorRequestId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<MentorRequestView>, Problem> {
    app.once(&viewer, &once, async |tx| {
        let request = store::hold(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &request)?;
        let request = permit::<WithdrawMentorRequest, _>(&viewer, request)?
            .change(|request| request.withdraw(app.clock.now()))?;
        store::save(tx, &request).await?;
        outbox::add(tx, &app.clock, Event::MentorRequestWithdrawn(*id), None).await?;
        Ok(*id)
    })
    .await?;
    read_again(&app, &viewer, *id).await
}
