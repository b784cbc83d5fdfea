//! Enrols a person in a program.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{EnrolmentView, read};
use super::model::{Enrolment, EnrolmentRole, begin, check_capacity, check_person};
use super::store;
use crate::db::Tx;
use crate::http::{App, IdempotencyKey, Json, Path};
use crate::ids::{EnrolmentId, PersonId, ProgramId};
use crate::outbox;
use crate::people::person::scale::Capacity;
use crate::people::person::store::find_candidate;
use crate::policy::acts::{Enrol, EnrolOthers};
use crate::policy::{Shown, Viewer, permit};
use crate::problem::{Code, Problem};
use crate::programs::store as programs;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(enrol);
}

/// A new enrolment.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"role": "mentor", "capacity": 2})))]
pub struct EnrolInput {
    /// Role in the program. A person who wants both roles enrols twice.
    role: EnrolmentRole,
    /// Maximum number of mentees that the mentor takes in this program. Only for mentors. Default: the capacity in the
    /// mentor's profile.
    capacity: Option<Capacity>,
    /// Id of the person who takes part. Only leads can enrol others. Default: you.
    person_id: Option<PersonId>,
}

/// Enrol in a program
///
/// The status of the new enrolment follows from the `enrolling` rule of the program:
///
/// - `open`: `enrolled`, or `waiting` if the program is full.
/// - `by_approval`: `applied`, until a lead approves or declines. A lead who enrols a person needs no approval.
/// - `closed`: only leads can enrol people; everyone else gets 409 `wrong_state`.
/// - `none`: 409 `wrong_state`. So is an enrolment at the last stage of the program.
///
/// Waiting people are enrolled in order of enrolment, when a person withdraws or the limit is raised. A mentor's
/// profile must have `offers_mentoring`, a mentee's `wants_mentoring` (409 `wrong_state`).
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), request_body = EnrolInput, responses((status = 201, body = EnrolmentView)))]
#[post("/v1/programs/{id}/enrolments")]
async fn enrol(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    input: Json<EnrolInput>,
    once: IdempotencyKey,
) -> Result<Shown<EnrolmentView>, Problem> {
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| write(&app, tx, &viewer, *id, input).await,
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/enrolments/{id}"))),
    )
    .await
}

async fn write(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    program: ProgramId,
    input: EnrolInput,
) -> Result<EnrolmentId, Problem> {
    let own = viewer
        .person()
        .ok_or_else(|| Problem::new(Code::NotAllowed, "A service cannot enrol. Sign in as a person."))?;
    let person = input.person_id.unwrap_or(own);
    // Lock the person before the program: a departure locks them in the same order.
    tx.lock(person.into()).await?;
    tx.lock(program.into()).await?;
    let program = programs::find(tx, viewer, program).await?.ok_or_else(Problem::not_found)?;
    let program = permit::<Enrol, _>(viewer, program)?;
    if person != own {
        permit::<EnrolOthers, _>(viewer, (*program).clone())?;
    }
    check_capacity(input.role, input.capacity)?;
    let missing = || Problem::invalid("/person_id", "must be the id of a person");
    let person = find_candidate(tx, person).await?.ok_or_else(missing)?;
    check_person(&person, input.role)?;
    let free = store::find_free_places(tx, program.id).await?;
    let status = begin(&program, viewer.leads(Some(program.id)), free.has(input.role))?;
    let now = app.clock.now();
    let enrolment = Enrolment {
        id: EnrolmentId::new(&app.clock),
        program_id: program.id,
        program_name: program.name.clone(),
        person_id: person.id,
        person_name: person.name,
        person_title: None,
        role: input.role,
        status,
        capacity: input.capacity.map(i64::from),
        wishes: sqlx::types::Json::default(),
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    store::insert(tx, &program, &enrolment).await?;
    outbox::add(tx, &app.clock, enrolment.event(), None).await?;
    Ok(enrolment.id)
}
