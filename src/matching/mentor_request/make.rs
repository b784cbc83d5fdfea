//! HTTP operations that create and withdraw mentor requests.

use actix_web::post;
use actix_web::web::Data;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{MentorRequestView, read};
use super::model::{
    DaysToAnswer, MAX_CHOICES, MAX_LIVE, MentorChoice, MentorChoiceStatus, MentorRequest, MentorRequestStatus,
};
use super::{store, turn};
use crate::db::Tx;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
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

/// A new mentor request.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "choices": ["01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c", "01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1d"],
    "message": "I would like to learn how you prepare a talk.",
    "days_to_answer": 5,
})))]
pub struct CreateMentorRequest {
    /// Ids of open suggestions for you, the preferred mentor first. All belong to the same program, or all to no
    /// program.
    #[schema(min_items = 1, max_items = 5)]
    choices: Vec<SuggestionId>,
    /// Message to the invited mentors. Every invited mentor and the leads of the program read it, so do not mention
    /// other choices. Default: no message.
    message: Option<Text>,
    /// Time that each mentor has to answer, in days. Default: 5.
    #[serde(default)]
    #[schema(required = false, default = 5)]
    days_to_answer: DaysToAnswer,
}

/// Create a mentor request
///
/// Invites the mentor of the first choice. If that mentor declines or does not answer in time, the next one is invited.
/// You may create it for yourself only.
///
/// - An invited mentor sees your name, your message and **your growth areas as in the suggestion**: the skills you want
///   to learn, your current levels and your target levels.
/// - An invited mentor does not see your other choices or their order. Mentors who are not invited learn nothing.
/// - When a mentor accepts, a pair begins and no other mentor is invited.
/// - A mentor who is not available when their turn comes is skipped. This includes mentors who have as many open
///   invitations as free places.
///
/// While the request is open, its suggestions stay `open` and cannot be answered in another way.
///
/// Problems:
/// - `wrong_state`: you already have three open requests in total.
/// - `already_exists`: you already have an open request in this program, or without a program.
/// - `wrong_state`: you already have a mentor in this program, or a choice is not an `open` suggestion any more.
/// - `not_enrolled`: you are not enrolled in the program as a mentee.
/// - `mentor_at_capacity`: a chosen mentor has no free place.
/// - `invalid_value`: a choice is not a suggestion for you, has another program than the first, or repeats a mentor.
#[utoipa::path(tag = "suggestions", request_body = CreateMentorRequest, responses((status = 201, body = MentorRequestView)))]
#[post("/v1/mentor-requests")]
async fn create_mentor_request(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateMentorRequest>,
    once: IdempotencyKey,
) -> Result<Shown<MentorRequestView>, Problem> {
    let input = input.into_inner();
    check_choices(&input.choices)?;
    let id = app.once(&viewer, &once, async |tx| write(&app, tx, &viewer, input).await, async |_, id| Ok(id)).await?;
    turn::pass(&app, id).await;
    // Read after the first mentor was invited, so that the answer has the invitation.
    let mut tx = app.read().await?;
    Ok(read(&mut tx, &viewer, id).await?.created(format!("/v1/mentor-requests/{id}")))
}

async fn write(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    input: CreateMentorRequest,
) -> Result<MentorRequestId, Problem> {
    let own = viewer
        .person()
        .ok_or_else(|| Problem::new(Code::NotAllowed, "Only a person can ask for a mentor. Sign in as a person."))?;
    let now = app.clock.now();
    // Suggestions are locked before people, in the same order as answering a suggestion does.
    let mut sorted = input.choices.clone();
    sorted.sort_unstable();
    for id in sorted {
        tx.lock(id.into()).await?;
    }
    let chosen = find_chosen(tx, own, &input.choices).await?;
    store::lock_people(tx, chosen.iter().map(|one| one.mentor_id).chain([own]).collect()).await?;
    if store::count_live(tx, own).await? >= MAX_LIVE {
        return Err(Problem::wrong_state(
            "You already have 3 open mentor requests, the highest number. Withdraw one first.",
        ));
    }
    check_available(tx, &chosen, now).await?;
    let request = permit::<AskMentors, _>(viewer, draft(app, own, input, &chosen))?;
    let id = request.id;
    store::insert(tx, request).await?;
    outbox::add(tx, &app.clock, Event::MentorRequestMade(id), None).await?;
    Ok(id)
}

fn check_choices(choices: &[SuggestionId]) -> Result<(), Problem> {
    if !(1..=MAX_CHOICES).contains(&choices.len()) {
        return Err(Problem::invalid("/choices", format!("must have 1 to {MAX_CHOICES} suggestions")));
    }
    for (place, choice) in choices.iter().enumerate() {
        if choices[..place].contains(choice) {
            return Err(Problem::invalid(format!("/choices/{place}"), "must not repeat an earlier choice"));
        }
    }
    Ok(())
}

/// The chosen suggestions in their order. Suggestions for other people are answered like ids that do not exist.
async fn find_chosen(tx: &mut Tx, mentee: PersonId, choices: &[SuggestionId]) -> Result<Vec<Suggestion>, Problem> {
    let mut found = suggestion::store::list_these(tx, choices.iter().copied().collect()).await?;
    found.retain(|suggestion| suggestion.mentee_id == mentee);
    let mut chosen: Vec<Suggestion> = Vec::new();
    for (place, id) in choices.iter().enumerate() {
        let at = format!("/choices/{place}");
        let Some(suggestion) = found.iter().find(|suggestion| suggestion.id == *id) else {
            return Err(Problem::invalid(at, "must be the id of a suggestion for you"));
        };
        suggestion.check_is_open().map_err(|problem| problem.at(&at, "must be an open suggestion"))?;
        if let Some(first) = chosen.first()
            && first.program_id != suggestion.program_id
        {
            return Err(Problem::invalid(at, "must belong to the same program as the first choice"));
        }
        if chosen.iter().any(|other| other.mentor_id == suggestion.mentor_id) {
            return Err(Problem::invalid(at, "must not have the same mentor as an earlier choice"));
        }
        chosen.push(suggestion.clone());
    }
    Ok(chosen)
}

/// Refuses mentors who cannot get a pair now. The number of open invitations of a mentor is private to the mentor, so
/// it is checked only when the mentor is to be invited.
async fn check_available(tx: &mut Tx, chosen: &[Suggestion], now: DateTime<Utc>) -> Result<(), Problem> {
    let first = &chosen[0];
    if let Some(program) = first.program_id
        && !is_enrolled(tx, program, first.mentee_id, EnrolmentRole::Mentee).await?
    {
        return Err(Problem::new(Code::NotEnrolled, "You are not enrolled in this program as a mentee. Enrol first."));
    }
    if store::has_mentor(tx, first.mentee_id, first.program_id).await? {
        return Err(Problem::wrong_state(
            "You already have a mentor in this program. End that pair first, or ask in another program.",
        ));
    }
    for (place, suggestion) in chosen.iter().enumerate() {
        let at = format!("/choices/{place}");
        let gone = |problem: Problem| problem.at(&at, "must have a mentor who is available");
        check_still_holds(tx, suggestion, now).await.map_err(gone)?;
        if !store::find_free_places(tx, suggestion.mentor_id, suggestion.program_id, now).await?.has_place() {
            let full = Problem::new(Code::MentorAtCapacity, "The mentor has no free place. Choose another mentor.");
            return Err(full.at(&at, "must have a mentor with a free place"));
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

/// Withdraw a mentor request
///
/// The open invitation disappears, and no further mentor is invited. Only the mentee may withdraw the request. 409
/// `wrong_state`: the request is not `open`.
#[utoipa::path(tag = "suggestions", params(("id" = MentorRequestId, Path)), request_body = EmptyBody, responses((status = 200, body = MentorRequestView)))]
#[post("/v1/mentor-requests/{id}/withdraw")]
async fn withdraw_mentor_request(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MentorRequestId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<MentorRequestView>, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            let request = store::find_for_update(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &request)?;
            let request = permit::<WithdrawMentorRequest, _>(&viewer, request)?
                .change(|request| request.withdraw(app.clock.now()))?;
            store::save(tx, &request).await?;
            outbox::add(tx, &app.clock, Event::MentorRequestWithdrawn(*id), None).await?;
            Ok(*id)
        },
        async |tx, _| read(tx, &viewer, *id).await,
    )
    .await
}
