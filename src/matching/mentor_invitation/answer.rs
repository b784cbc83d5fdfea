//! HTTP operations that answer a mentor invitation.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::MentorInvitation;
use super::store;
use crate::db::Tx;
use crate::http::{App, Done, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
use crate::ids::MentorInvitationId;
use crate::matching::learning::case::set_pair;
use crate::matching::mentor_request::model::MentorRequest;
use crate::matching::mentor_request::{store as requests, turn};
use crate::matching::suggestion::{self, make};
use crate::outbox::{self, Event};
use crate::pairs::api::{PairView, read};
use crate::pairs::create::{CreatePair, create_agreed};
use crate::pairs::model::Cadence;
use crate::policy::acts::AnswerMentorInvitation;
use crate::policy::{Permit, Shown, Viewer, permit};
use crate::problem::Problem;
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(accept_mentor_invitation).service(decline_mentor_invitation);
}

/// Details of the pair that the mentor chooses.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"cadence": "biweekly"})))]
pub struct AcceptMentorInvitation {
    /// First day. Default: today.
    starts_on: Option<Day>,
    /// Planned last day. Default: no planned end.
    ends_on: Option<Day>,
    /// How often you plan to meet. Default: not set.
    cadence: Option<Cadence>,
}

/// Accept a mentor invitation
///
/// Creates an `active` pair of you and the mentee, because both have agreed. `Location` is the address of the pair.
/// Only the invited mentor may accept. All rules of pairs are checked again. 409, depending on what has changed:
///
/// - `mentor_at_capacity`: you have no free place any more.
/// - `suggestion_stale`: the two of you no longer fit.
/// - `not_enrolled`: the mentee has left the program.
/// - `wrong_state`: the mentee already has another mentor in the program.
#[utoipa::path(tag = "suggestions", params(("id" = MentorInvitationId, Path)), request_body = AcceptMentorInvitation, responses((status = 201, body = PairView)))]
#[post("/v1/mentor-invitations/{id}/accept")]
async fn accept_mentor_invitation(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MentorInvitationId>,
    seen: Preconditions,
    input: Json<AcceptMentorInvitation>,
    once: IdempotencyKey,
) -> Result<Shown<PairView>, Problem> {
    let (input, now) = (input.into_inner(), app.clock.now());
    app.once(
        &viewer,
        &once,
        async |tx| {
            let (invitation, mut request) = find_for_update(&app, tx, &viewer, *id, &seen).await?;
            let suggestion = suggestion::store::find(tx, invitation.suggestion_id).await?;
            make::check_still_holds(tx, &suggestion.ok_or_else(Problem::not_found)?, now).await?;
            // Both people are locked, as the rules of pairs do, so that the mentee gets no other mentor at the same
            // time.
            requests::lock_people(tx, vec![invitation.mentor_id, invitation.mentee_id]).await?;
            if requests::has_mentor(tx, invitation.mentee_id, invitation.program_id).await? {
                return Err(Problem::wrong_state(
                    "The mentee already has another mentor in this program. You may decline the invitation.",
                ));
            }
            let pair = CreatePair {
                mentor_id: invitation.mentor_id,
                mentee_id: invitation.mentee_id,
                team_id: None,
                program_id: invitation.program_id,
                model: Some(invitation.model),
                starts_on: input.starts_on,
                ends_on: input.ends_on,
                goals_focus: None,
                cadence: input.cadence,
                override_reason: None,
            };
            let pair = create_agreed(&app, tx, &viewer, pair).await?;
            request.accept(&invitation, pair, now);
            requests::save(tx, &request).await?;
            suggestion::store::accept(tx, invitation.suggestion_id, pair, now).await?;
            set_pair(tx, invitation.suggestion_id, pair).await?;
            outbox::add(tx, &app.clock, Event::SuggestionAccepted(invitation.suggestion_id), Some(pair)).await?;
            outbox::add(tx, &app.clock, Event::MentorRequestMatched(request.id), Some(pair)).await?;
            Ok(pair)
        },
        async |tx, pair| Ok(read(tx, &viewer, pair).await?.created(format!("/v1/pairs/{pair}"))),
    )
    .await
}

/// Decline a mentor invitation
///
/// The next mentor of the request is invited. Only the invited mentor may decline, without a reason. The mentee sees
/// that you declined. You are not suggested to this mentee again for a year.
#[utoipa::path(tag = "suggestions", params(("id" = MentorInvitationId, Path)), request_body = EmptyBody, responses((status = 204, description = "The invitation is declined and no longer readable.")))]
#[post("/v1/mentor-invitations/{id}/decline")]
async fn decline_mentor_invitation(
    app: Data<App>,
    viewer: Viewer,
    id: Path<MentorInvitationId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Done, Problem> {
    let mut declined = None;
    app.once(
        &viewer,
        &once,
        async |tx| {
            let (invitation, mut request) = find_for_update(&app, tx, &viewer, *id, &seen).await?;
            request.decline(&invitation, app.clock.now());
            requests::save(tx, &request).await?;
            declined = Some(request.id);
            Ok(*id)
        },
        async |_, _| Ok(()),
    )
    .await?;
    if let Some(request) = declined {
        turn::pass(&app, request).await;
    }
    Ok(Done)
}

/// Locks an invitation and its request, so that it is answered only once.
async fn find_for_update(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    id: MentorInvitationId,
    seen: &Preconditions,
) -> Result<(Permit<AnswerMentorInvitation, MentorInvitation>, MentorRequest), Problem> {
    let invitation = store::find_for_update(tx, id, app.clock.now()).await?.ok_or_else(Problem::not_found)?;
    seen.check(viewer, &invitation)?;
    let invitation = permit::<AnswerMentorInvitation, _>(viewer, invitation)?;
    let request = requests::find_unread_for_update(tx, invitation.request_id).await?;
    Ok((invitation, request.ok_or_else(|| Problem::internal("an invitation without its request"))?))
}
