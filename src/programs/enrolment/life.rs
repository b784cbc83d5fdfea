//! The status changes of an enrolment over HTTP: approve, decline, withdraw.

use actix_web::post;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{EnrolmentView, read};
use super::model::{Enrolment, check_person};
use super::{queue, store};
use crate::db::Tx;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
use crate::ids::EnrolmentId;
use crate::outbox;
use crate::people::person::store::find_candidate;
use crate::policy::acts::{ChangeEnrolment, DecideEnrolment};
use crate::policy::{Act, Changed, Permit, Shown, Takes, Viewer, permit};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(approve_enrolment).service(decline_enrolment).service(withdraw_enrolment);
}

/// Approve an enrolment
///
/// The leads of the program may do this. The status changes from `applied` to `enrolled`, or to `waiting` if the
/// program is full. An enrolment with another status gives 409 `wrong_state`.
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), request_body = EmptyBody, responses((status = 200, body = EnrolmentView)))]
#[post("/v1/enrolments/{id}/approve")]
async fn approve_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<EnrolmentView>, Problem> {
    let now = app.clock.now();
    change_status::<DecideEnrolment>(&app, &viewer, *id, &seen, &once, async |tx, enrolment| {
        let person = find_candidate(tx, enrolment.person_id).await?.ok_or_else(Problem::not_found)?;
        check_person(&person, enrolment.role)?;
        let free = store::find_free_places(tx, enrolment.program_id).await?;
        enrolment.change(|enrolment| enrolment.approve(free, now))
    })
    .await
}

/// Decline an enrolment
///
/// The leads of the program may do this. The status changes from `applied` or `waiting` to `declined`. The person can
/// enrol again later.
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), request_body = EmptyBody, responses((status = 200, body = EnrolmentView)))]
#[post("/v1/enrolments/{id}/decline")]
async fn decline_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<EnrolmentView>, Problem> {
    let now = app.clock.now();
    change_status::<DecideEnrolment>(&app, &viewer, *id, &seen, &once, async |_, enrolment| {
        enrolment.change(|enrolment| enrolment.decline(now))
    })
    .await
}

/// Withdraw an enrolment
///
/// Existing pairs do not change. The first waiting person is enrolled instead.
///
/// - The person can withdraw at any time. The status becomes `withdrawn`.
/// - The leads of the program can remove an `enrolled` person. The status becomes `ended`.
/// - An enrolment that is `applied` or `waiting` must be declined by the leads (409 `wrong_state`).
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), request_body = EmptyBody, responses((status = 200, body = EnrolmentView)))]
#[post("/v1/enrolments/{id}/withdraw")]
async fn withdraw_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<EnrolmentView>, Problem> {
    let now = app.clock.now();
    change_status::<ChangeEnrolment>(&app, &viewer, *id, &seen, &once, async |_, enrolment| {
        enrolment.change(|enrolment| enrolment.withdraw(&viewer, now))
    })
    .await
}

/// Changes the status by `step`. Writes the enrolment and its event, and enrols waiting people, in one transaction.
async fn change_status<A: Act>(
    app: &App,
    viewer: &Viewer,
    id: EnrolmentId,
    seen: &Preconditions,
    once: &IdempotencyKey,
    step: impl AsyncFnOnce(&mut Tx, Permit<A, Enrolment>) -> Result<Changed<Enrolment>, Problem>,
) -> Result<Shown<EnrolmentView>, Problem>
where
    Enrolment: Takes<A>,
{
    app.once(
        viewer,
        once,
        async |tx| {
            let enrolment = store::find_for_update(tx, id).await?.ok_or_else(Problem::not_found)?;
            seen.check(viewer, &enrolment)?;
            let permitted = permit::<A, _>(viewer, enrolment)?;
            let enrolment = step(tx, permitted).await?;
            store::save(tx, &enrolment).await?;
            outbox::add(tx, &app.clock, enrolment.event(), None).await?;
            queue::enrol_waiting(tx, &app.clock, enrolment.program_id, enrolment.updated_at).await?;
            Ok(id)
        },
        async |tx, id| read(tx, viewer, id).await,
    )
    .await
}
