//! How a program comes to be, who coordinates it, and how it goes on from stage to stage.

use actix_web::web::Data;
use actix_web::{post, put};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{ProgramView, read_again};
use super::model::{Enrolling, Headcount, Model, Program, Stage, check_coordinators};
use super::store;
use crate::http::{App, Json, Nothing, Once, Path, Seen};
use crate::ids::{PersonId, ProgramId};
use crate::outbox::{self, Event};
use crate::people::organisation::Organisation;
use crate::policy::acts::{AssignCoordinators, ChangeProgram, CreateProgram, ReadProgram};
use crate::policy::{Shown, Viewer, may_list, permit};
use crate::problem::Problem;
use crate::text::{Name, Text};
use crate::time::Day;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(create_program).service(put_coordinators).service(advance_program);
}

/// A new program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({
    "name": "First year in engineering", "objectives": "Everybody who is new has somebody to ask.",
    "model": "one_on_one", "starts_on": "2026-03-02", "ends_on": "2027-02-26", "coordinator_ids": []
})))]
pub struct CreateProgramInput {
    /// What it is called; no other program may be, in upper or lower case.
    name: Name,
    /// What it is for.
    objectives: Option<Text>,
    /// The way of mentoring of its pairs, unless one says otherwise.
    #[serde(default)]
    #[schema(required = false)]
    model: Model,
    /// Run by the organisation, with goals and an end; `true` unless told.
    #[serde(default = "yes")]
    #[schema(required = false, default = true)]
    is_formal: bool,
    /// Its pairs begin only when both have said yes; `false` unless told.
    #[serde(default)]
    asks_for_acceptance: bool,
    /// How people come to take part; `none` unless told. Otherwise only those who take part are paired in it.
    #[serde(default)]
    #[schema(required = false)]
    enrolling: Enrolling,
    /// So many mentors take part at most; as many as like unless told.
    most_mentors: Option<Headcount>,
    /// So many mentees take part at most; as many as like unless told.
    most_mentees: Option<Headcount>,
    /// First day.
    starts_on: Option<Day>,
    /// Last day, not before the first.
    ends_on: Option<Day>,
    /// Who coordinates it; nobody who left.
    #[serde(default)]
    #[schema(max_items = 50)]
    coordinator_ids: Vec<PersonId>,
}

const fn yes() -> bool {
    true
}

/// Adds a program, at the stage `planning`.
///
/// Admins alone may. Coordinators need the role `coordinator` in their token as well.
#[utoipa::path(tag = "programs", request_body = CreateProgramInput, responses((status = 201, body = ProgramView)))]
#[post("/v1/programs")]
async fn create_program(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateProgramInput>,
    once: Once,
) -> Result<Shown<ProgramView>, Problem> {
    may_list::<CreateProgram>(&viewer)?;
    let input = input.into_inner();
    let id = app
        .once(&viewer, &once, async |tx| {
            let leave = permit::<CreateProgram, _>(&viewer, Organisation)?;
            let may_assign = permit::<AssignCoordinators, _>(&viewer, Organisation)?;
            let (id, now) = (ProgramId::new(&app.clock), app.clock.now());
            let program = Program {
                id,
                name: input.name,
                objectives: input.objectives,
                model: input.model,
                stage: Stage::Planning,
                is_formal: input.is_formal,
                asks_for_acceptance: input.asks_for_acceptance,
                enrolling: input.enrolling,
                most_mentors: input.most_mentors.map(i64::from),
                most_mentees: input.most_mentees.map(i64::from),
                starts_on: input.starts_on.map(NaiveDate::from),
                ends_on: input.ends_on.map(NaiveDate::from),
                created_at: now,
                updated_at: now,
                revision: 1,
                coordinators: Vec::new(),
            };
            program.check_days()?;
            check_coordinators(&input.coordinator_ids, &store::find_present(tx, &input.coordinator_ids).await?)?;
            store::insert(tx, &leave, &program).await?;
            store::put_coordinators(tx, &may_assign, id, &input.coordinator_ids, now).await?;
            outbox::add(tx, &app.clock, Event::ProgramCreated(id), None).await?;
            Ok(id)
        })
        .await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/programs/{id}")))
}

/// Who coordinates a program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"coordinator_ids": ["01985b1e-6d0a-7c11-9a52-3f4c5d6e7f80"]})))]
pub struct PutCoordinators {
    /// Everybody who is to coordinate it; nobody who left.
    #[schema(max_items = 50)]
    coordinator_ids: Vec<PersonId>,
}

/// Says who coordinates a program, in place of those who did.
///
/// Admins alone may. Who is taken off the list stops leading the program and its pairs with their
/// next request; who is put on it needs the role `coordinator` in their token as well.
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), request_body = PutCoordinators, responses((status = 200, body = ProgramView)))]
#[put("/v1/programs/{id}/coordinators")]
async fn put_coordinators(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    seen: Seen,
    input: Json<PutCoordinators>,
) -> Result<Shown<ProgramView>, Problem> {
    may_list::<AssignCoordinators>(&viewer)?;
    let asked = input.into_inner().coordinator_ids;
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
    let program = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &program)?;
    let program = permit::<ReadProgram, _>(&viewer, program)?;
    let leave = permit::<AssignCoordinators, _>(&viewer, Organisation)?;
    check_coordinators(&asked, &store::find_present(&mut tx, &asked).await?)?;
    if !program.is_coordinated_by_just(&asked) {
        store::put_coordinators(&mut tx, &leave, *id, &asked, app.clock.now()).await?;
        outbox::add(&mut tx, &app.clock, Event::ProgramChanged(*id), None).await?;
    }
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Moves a program to its next stage.
///
/// `planning` → `initiation` → `mentoring` → `evaluation`; there is no way back, and after the
/// last the answer is the problem `wrong_state`. Its coordinators may, and admins.
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), request_body = Nothing, responses((status = 200, body = ProgramView)))]
#[post("/v1/programs/{id}/advance")]
async fn advance_program(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    seen: Seen,
    _input: Json<Nothing>,
    once: Once,
) -> Result<Shown<ProgramView>, Problem> {
    app.once(&viewer, &once, async |tx| {
        tx.hold((*id).into()).await?;
        let program = store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &program)?;
        let program =
            permit::<ChangeProgram, _>(&viewer, program)?.change(|program| program.advance(app.clock.now()))?;
        store::save(tx, &program).await?;
        outbox::add(tx, &app.clock, Event::ProgramAdvanced(*id), None).await?;
        Ok(*id)
    })
    .await?;
    read_again(&app, &viewer, *id).await
}
