//! Answering a suggestion: it becomes a pair, or somebody says no.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{SuggestionView, read_again};
use super::make::check_still_holds;
use super::model::DismissReason;
use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Once, Path, Seen};
use crate::ids::SuggestionId;
use crate::matching::learning::case::became;
use crate::outbox::{self, Event};
use crate::pairs::create::{CreatePair, create};
use crate::pairs::model::Cadence;
use crate::policy::acts::AnswerSuggestion;
use crate::policy::{Shown, Viewer, permit, show};
use crate::problem::{Code, Problem};
use crate::text::Sentence;
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_pair_of_suggestion).service(dismiss_suggestion);
}

/// What the suggestion does not say of the pair.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "goals_focus": "Speak up", "cadence": "biweekly" })))]
#[serde(deny_unknown_fields)]
pub struct CreatePairOfSuggestion {
    /// First day; today unless told.
    starts_on: Option<Day>,
    /// Planned last day; open unless told.
    ends_on: Option<Day>,
    /// What it is about. Everybody sees it, so the mentee's growth areas are not copied here.
    goals_focus: Option<Sentence>,
    /// How often they meet.
    cadence: Option<Cadence>,
    /// Why a lead sets aside the mentor's capacity or the reporting line.
    override_reason: Option<Sentence>,
}

/// Makes the pair that a suggestion proposes; mentor, mentee, program and model are filled in.
///
/// Asked by the mentee, the pair is `proposed` and the mentor answers; asked by a lead, it is `active`, unless the
/// program wants both to say yes. `Location` names the pair, and so does `pair_id`. All rules are checked again: where
/// the suggestion no longer holds, the answer is 409 `suggestion_stale`, in the same words for every reason, and the
/// suggestion is `stale`.
#[utoipa::path(tag = "suggestions", params(("id" = SuggestionId, Path)), request_body = CreatePairOfSuggestion, responses((status = 201, body = SuggestionView)))]
#[post("/v1/suggestions/{id}/create-pair")]
async fn create_pair_of_suggestion(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SuggestionId>,
    seen: Seen,
    input: Json<CreatePairOfSuggestion>,
    once: Once,
) -> Result<Shown<SuggestionView>, Problem> {
    let input = input.into_inner();
    let now = app.clock.now();
    let made = app
        .once(&viewer, &once, async |tx| {
            let suggestion = store::hold(tx, *id).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &suggestion)?;
            let suggestion = permit::<AnswerSuggestion, _>(&viewer, suggestion)?;
            suggestion.check_is_open()?;
            check_is_not_chosen(tx, *id).await?;
            // The same two, in the same order, as the rules of pairs hold.
            let (mentor_id, mentee_id) = (suggestion.mentor_id, suggestion.mentee_id);
            tx.hold(mentor_id.min(mentee_id).into()).await?;
            tx.hold(mentor_id.max(mentee_id).into()).await?;
            check_still_holds(tx, &suggestion, now).await?;
            let pair = CreatePair {
                mentor_id,
                mentee_id,
                team_id: None,
                program_id: suggestion.program_id,
                model: Some(suggestion.model),
                starts_on: input.starts_on,
                ends_on: input.ends_on,
                goals_focus: input.goals_focus,
                cadence: input.cadence,
                override_reason: input.override_reason,
            };
            let pair = create(&app, tx, &viewer, pair).await?;
            let suggestion = suggestion.change(|suggestion| suggestion.accept(pair, now))?;
            store::save(tx, &suggestion).await?;
            became(tx, *id, pair).await?;
            outbox::add(tx, &app.clock, Event::SuggestionAccepted(*id), Some(pair)).await?;
            Ok(*id)
        })
        .await;
    if let Err(problem) = &made
        && matches!(problem.code, Code::SuggestionStale | Code::PersonNotActive | Code::PairExists | Code::DirectReport)
    {
        let mut tx = app.chore().await?;
        store::let_go_stale(&mut tx, *id, now).await?;
        tx.commit().await?;
    }
    let suggestion = read_again(&app, made?).await?;
    let pair = suggestion.pair_id.ok_or_else(|| Problem::internal("an accepted suggestion without a pair"))?;
    Ok(show(&viewer, suggestion)?.created(format!("/v1/pairs/{pair}")))
}

/// Why a suggestion is not for the mentee.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "reason": "no_time", "note": "Perhaps next year." })))]
#[serde(deny_unknown_fields)]
pub struct DismissSuggestionInput {
    /// The reason.
    reason: DismissReason,
    /// In your words; the mentee and the leads read it.
    note: Option<Sentence>,
}

/// Says no to a suggestion. The same mentor is not suggested to this mentee again for a year.
///
/// The mentor does not learn of it.
#[utoipa::path(tag = "suggestions", params(("id" = SuggestionId, Path)), request_body = DismissSuggestionInput, responses((status = 200, body = SuggestionView)))]
#[post("/v1/suggestions/{id}/dismiss")]
async fn dismiss_suggestion(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SuggestionId>,
    seen: Seen,
    input: Json<DismissSuggestionInput>,
    once: Once,
) -> Result<Shown<SuggestionView>, Problem> {
    let input = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            let suggestion = store::hold(tx, *id).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &suggestion)?;
            let suggestion = permit::<AnswerSuggestion, _>(&viewer, suggestion)?;
            check_is_not_chosen(tx, *id).await?;
            let suggestion =
                suggestion.change(|suggestion| suggestion.dismiss(input.reason, input.note, app.clock.now()))?;
            store::save(tx, &suggestion).await?;
            outbox::add(tx, &app.clock, Event::SuggestionDismissed(*id), None).await?;
            Ok(*id)
        })
        .await?;
    show(&viewer, read_again(&app, id).await?)
}

/// Whom the mentee asks, the mentor answers.
async fn check_is_not_chosen(tx: &mut Tx, id: SuggestionId) -> Result<(), Problem> {
    if store::is_chosen(tx, id).await? {
        return Err(Problem::wrong_state("The mentee asks for this mentor already; withdraw that request first."));
    }
    Ok(())
}
