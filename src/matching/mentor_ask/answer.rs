//! A mentor answers: yes, and a pair begins; or no, and it is the next one's turn.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::MentorAsk;
use super::store;
use crate::db::Tx;
use crate::http::{App, Done, Json, Nothing, Once, Path, Seen};
use crate::ids::MentorAskId;
use crate::matching::learning::case::became;
use crate::matching::mentor_request::model::MentorRequest;
use crate::matching::mentor_request::{store as requests, turn};
use crate::matching::suggestion::{self, make};
use crate::outbox::{self, Event};
use crate::pairs::api::{PairView, read_again};
use crate::pairs::create::{CreatePair, create_agreed};
use crate::pairs::model::Cadence;
use crate::policy::acts::AnswerMentorAsk;
use crate::policy::{Permit, Shown, Viewer, permit};
use crate::problem::Problem;
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(accept_mentor_ask).service(decline_mentor_ask);
}

/// What the mentee did not say of the pair.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"cadence": "biweekly"})))]
pub struct AcceptMentorAsk {
    /// First day; today unless told.
    starts_on: Option<Day>,
    /// Planned last day; open unless told.
    ends_on: Option<Day>,
    /// How often you meet.
    cadence: Option<Cadence>,
}

/// Says yes to who asks you to be their mentor.
///
/// A pair begins at once, for both of you have said yes: `Location` names it. All rules of pairs are checked now; you may
/// be full by then (`mentor_at_capacity`), the two of you no longer fit (`suggestion_stale`), or the mentee has left the program
/// (`not_enrolled`) or has another mentor in it (`wrong_state`).
#[utoipa::path(tag = "suggestions", params(("id" = MentorAskId, Path)), request_body = AcceptMentorAsk, responses((status = 201, body = PairView)))]
#[post("/v1/mentor-asks/{id}/accept")]
async fn accept_mentor_ask(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MentorAskId>,
    seen: Seen,
    input: Json<AcceptMentorAsk>,
    once: Once,
) -> Result<Shown<PairView>, Problem> {
    let (input, now) = (input.into_inner(), app.clock.now());
    let pair = app
        .once(&viewer, &once, async |tx| {
            let (ask, mut request) = hold(&app, tx, &viewer, *id, &seen).await?;
            let suggestion = suggestion::store::find(tx, ask.suggestion_id).await?;
            make::check_still_holds(tx, &suggestion.ok_or_else(Problem::not_found)?, now).await?;
            // As the rules of pairs do: nobody else gives the mentee a mentor meanwhile.
            requests::hold_people(tx, vec![ask.mentor_id, ask.mentee_id]).await?;
            if requests::has_mentor(tx, ask.mentee_id, ask.program_id).await? {
                return Err(Problem::wrong_state("The mentee has another mentor in this program by now."));
            }
            let pair = CreatePair {
                mentor_id: ask.mentor_id,
                mentee_id: ask.mentee_id,
                team_id: None,
                program_id: ask.program_id,
                model: Some(ask.model),
                starts_on: input.starts_on,
                ends_on: input.ends_on,
                goals_focus: None,
                cadence: input.cadence,
                override_reason: None,
            };
            let pair = create_agreed(&app, tx, &viewer, pair).await?;
            request.accept(&ask, pair, now);
            requests::save(tx, &request).await?;
            suggestion::store::accept(tx, ask.suggestion_id, pair, now).await?;
            became(tx, ask.suggestion_id, pair).await?;
            outbox::add(tx, &app.clock, Event::SuggestionAccepted(ask.suggestion_id), Some(pair)).await?;
            outbox::add(tx, &app.clock, Event::MentorRequestMatched(request.id), Some(pair)).await?;
            Ok(pair)
        })
        .await?;
    Ok(read_again(&app, &viewer, pair).await?.created(format!("/v1/pairs/{pair}")))
}

/// Says no to who asks you to be their mentor.
///
/// The mentee learns that you cannot now. You need not say why, and are not suggested to them again for a year.
#[utoipa::path(tag = "suggestions", params(("id" = MentorAskId, Path)), request_body = Nothing, responses((status = 204, description = "It is answered, and gone.")))]
#[post("/v1/mentor-asks/{id}/decline")]
async fn decline_mentor_ask(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MentorAskId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Done, Problem> {
    let mut declined = None;
    app.once(&viewer, &once, async |tx| {
        let (ask, mut request) = hold(&app, tx, &viewer, *id, &seen).await?;
        request.decline(&ask, app.clock.now());
        requests::save(tx, &request).await?;
        declined = Some(request.id);
        Ok(*id)
    })
    .await?;
    if let Some(request) = declined {
        turn::pass(&app, request).await;
    }
    Ok(Done)
}

/// What they are asked, with the request it belongs to: held, for this answer alone.
async fn hold(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    id: MentorAskId,
    seen: &Seen,
) -> Result<(Permit<AnswerMentorAsk, MentorAsk>, MentorRequest), Problem> {
    let ask = store::hold(tx, id, app.clock.now()).await?.ok_or_else(Problem::not_found)?;
    seen.check(viewer, &ask)?;
    let ask = permit::<AnswerMentorAsk, _>(viewer, ask)?;
    let request = requests::hold_unseen(tx, ask.request_id).await?;
    Ok((ask, request.ok_or_else(|| Problem::internal("an ask without its request"))?))
}
