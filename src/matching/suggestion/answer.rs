//! HTTP operations that answer a suggestion: create its pair, or dismiss it.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{SuggestionView, read};
use super::make::check_still_holds;
use super::model::DismissReason;
use super::store;
use crate::db::Tx;
use crate::http::{App, IdempotencyKey, Json, Path, Preconditions};
use crate::ids::SuggestionId;
use crate::matching::learning::case::set_pair;
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

/// Details of the pair that the suggestion does not contain.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "goals_focus": "Speak up", "cadence": "biweekly" })))]
#[serde(deny_unknown_fields)]
pub struct CreatePairOfSuggestion {
    /// First day. Default: today.
    starts_on: Option<Day>,
    /// Planned last day. Default: no planned end.
    ends_on: Option<Day>,
    /// Topic of the pair. Everyone can read it, so the growth areas of the mentee are not copied to it. Default: none.
    goals_focus: Option<Sentence>,
    /// How often the two plan to meet. Default: not set.
    cadence: Option<Cadence>,
    /// Reason why a lead overrides the capacity of the mentor or the reporting line. Only leads may give it.
    override_reason: Option<Sentence>,
}

/// Create a pair from a suggestion
///
/// Creates the pair that the suggestion proposes, with its mentor, mentee, program and model. The mentee, leads of the
/// program and admins may do this.
///
/// - If the mentee creates it, the pair is `proposed` and the mentor answers.
/// - If a lead creates it, the pair is `active`, or `proposed` if the program has `requires_acceptance`.
/// - The suggestion becomes `accepted`. `Location` is the address of the pair; its id is also in `pair_id`.
///
/// All rules are checked again. 409 `suggestion_stale`: the suggestion no longer holds and becomes `stale`. The text is
/// the same for every reason.
#[utoipa::path(tag = "suggestions", params(("id" = SuggestionId, Path)), request_body = CreatePairOfSuggestion, responses((status = 201, body = SuggestionView)))]
#[post("/v1/suggestions/{id}/create-pair")]
async fn create_pair_of_suggestion(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SuggestionId>,
    seen: Preconditions,
    input: Json<CreatePairOfSuggestion>,
    once: IdempotencyKey,
) -> Result<Shown<SuggestionView>, Problem> {
    let input = input.into_inner();
    let now = app.clock.now();
    let made = app
        .once(
            &viewer,
            &once,
            async |tx| {
                let suggestion = store::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
                seen.check(&viewer, &suggestion)?;
                let suggestion = permit::<AnswerSuggestion, _>(&viewer, suggestion)?;
                suggestion.check_is_open()?;
                check_is_not_chosen(tx, *id).await?;
                // The two people are locked in the order that the rules of pairs use.
                let (mentor_id, mentee_id) = (suggestion.mentor_id, suggestion.mentee_id);
                tx.lock(mentor_id.min(mentee_id).into()).await?;
                tx.lock(mentor_id.max(mentee_id).into()).await?;
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
                set_pair(tx, *id, pair).await?;
                outbox::add(tx, &app.clock, Event::SuggestionAccepted(*id), Some(pair)).await?;
                Ok(*id)
            },
            async |tx, id| {
                let suggestion = read(tx, id).await?;
                let pair =
                    suggestion.pair_id.ok_or_else(|| Problem::internal("an accepted suggestion without a pair"))?;
                Ok(show(&viewer, suggestion)?.created(format!("/v1/pairs/{pair}")))
            },
        )
        .await;
    if let Err(problem) = &made
        && matches!(problem.code, Code::SuggestionStale | Code::PersonNotActive | Code::PairExists | Code::DirectReport)
    {
        let mut tx = app.system_write().await?;
        store::note_stale(&mut tx, *id, now).await?;
        tx.commit().await?;
    }
    made
}

/// Reason for dismissing a suggestion.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(examples(json!({ "reason": "no_time", "note": "Perhaps next year." })))]
#[serde(deny_unknown_fields)]
pub struct DismissSuggestionInput {
    /// Reason.
    reason: DismissReason,
    /// Note in your own words. The mentee, the leads of the program and admins can read it. Default: none.
    note: Option<Sentence>,
}

/// Dismiss a suggestion
///
/// The suggestion becomes `dismissed`. The same mentor is not suggested to this mentee again for a year. The mentee,
/// leads of the program and admins may dismiss it. The mentor is not informed. 409 `wrong_state`: the suggestion is
/// answered already, or the mentee has a mentor request for it.
#[utoipa::path(tag = "suggestions", params(("id" = SuggestionId, Path)), request_body = DismissSuggestionInput, responses((status = 200, body = SuggestionView)))]
#[post("/v1/suggestions/{id}/dismiss")]
async fn dismiss_suggestion(
    app: Data<App>,
    viewer: Viewer,
    id: Path<SuggestionId>,
    seen: Preconditions,
    input: Json<DismissSuggestionInput>,
    once: IdempotencyKey,
) -> Result<Shown<SuggestionView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let suggestion = store::find_for_update(tx, *id).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &suggestion)?;
            let suggestion = permit::<AnswerSuggestion, _>(&viewer, suggestion)?;
            check_is_not_chosen(tx, *id).await?;
            let suggestion =
                suggestion.change(|suggestion| suggestion.dismiss(input.reason, input.note, app.clock.now()))?;
            store::save(tx, &suggestion).await?;
            outbox::add(tx, &app.clock, Event::SuggestionDismissed(*id), None).await?;
            Ok(*id)
        },
        async |tx, id| show(&viewer, read(tx, id).await?),
    )
    .await
}

/// A suggestion in an open mentor request is answered by the mentor.
async fn check_is_not_chosen(tx: &mut Tx, id: SuggestionId) -> Result<(), Problem> {
    if store::is_chosen(tx, id).await? {
        return Err(Problem::wrong_state(
            "The mentee has an open mentor request for this suggestion. Withdraw that request first.",
        ));
    }
    Ok(())
}
