//! How an enrolment goes on: a lead answers, somebody withdraws.

use actix_web::post;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{EnrolmentView, read_again};
use super::model::{Enrolment, check_person};
use super::{queue, store};
use crate::db::Tx;
use crate::http::{App, Json, Nothing, Once, Path, Seen};
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

/// Lets somebody take part who applied.
///
/// The leads of the program may. Where the program is full the enrolment is `waiting` and its turn comes.
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), request_body = Nothing, responses((status = 200, body = EnrolmentView)))]
#[post("/v1/enrolments/{id}/approve")]
async fn approve_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<EnrolmentView>, Problem> {
    let now = app.clock.now();
    live_on::<DecideEnrolment>(&app, &viewer, *id, &seen, &once, async |tx, enrolment| {
        let person = find_candidate(tx, enrolment.person_id).await?.ok_or_else(Problem::not_found)?;
        check_person(&person, enrolment.role)?;
        let room = store::find_room(tx, enrolment.program_id).await?;
        enrolment.change(|enrolment| enrolment.approve(room, now))
    })
    .await
}

/// Says no to somebody who applied or waits.
///
/// The leads of the program may. They may apply again.
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), request_body = Nothing, responses((status = 200, body = EnrolmentView)))]
#[post("/v1/enrolments/{id}/decline")]
async fn decline_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<EnrolmentView>, Problem> {
    let now = app.clock.now();
    live_on::<DecideEnrolment>(&app, &viewer, *id, &seen, &once, async |_, enrolment| {
        enrolment.change(|enrolment| enrolment.decline(now))
    })
    .await
}

/// Takes somebody out of a program.
///
/// Whose enrolment it is may at any time; it is `withdrawn`. The leads of the program may where somebody is `enrolled`; it is
/// `ended`. Who only applied or waits they decline. Pairs that are there stay; the
/// first who waits is let in.
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), request_body = Nothing, responses((status = 200, body = EnrolmentView)))]
#[post("/v1/enrolments/{id}/withdraw")]
async fn withdraw_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<EnrolmentView>, Problem> {
    let now = app.clock.now();
    live_on::<ChangeEnrolment>(&app, &viewer, *id, &seen, &once, async |_, enrolment| {
        enrolment.change(|enrolment| enrolment.withdraw(&viewer, now))
    })
    .await
}

/// One step of an enrolment's life: leave, rules, the record, the event, who waits, the answer.
async fn live_on<A: Act>(
    app: &App,
    viewer: &Viewer,
    id: EnrolmentId,
    seen: &Seen,
    once: &Once,
    step: impl AsyncFnOnce(&mut Tx, Permit<A, Enrolment>) -> Result<Changed<Enrolment>, Problem>,
) -> Result<Shown<EnrolmentView>, Problem>
where
    Enrolment: Takes<A>,
{
    app.once(viewer, once, async |tx| {
        let enrolment = store::hold(tx, id).await?.ok_or_else(Problem::not_found)?;
        seen.check(viewer, &enrolment)?;
        let permitted = permit::<A, _>(viewer, enrolment)?;
        let enrolment = step(tx, permitted).await?;
        store::save(tx, &enrolment).await?;
        outbox::add(tx, &app.clock, enrolment.news(), None).await?;
        queue::let_in(tx, &app.clock, enrolment.program_id, enrolment.updated_at).await?;
        Ok(id)
    })
    .await?;
    read_again(app, viewer, id).await
}
