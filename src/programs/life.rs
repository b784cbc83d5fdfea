//! Creates programs, replaces their coordinators and advances them to the next stage.

use actix_web::web::Data;
use actix_web::{post, put};
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{ProgramView, read};
use super::model::{Enrolling, Headcount, Program, ProgramModel, ProgramStage, check_coordinators};
use super::store;
use crate::http::{App, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
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
    "name": "First year in engineering", "objectives": "Each new colleague has a person to ask.",
    "model": "one_on_one", "starts_on": "2026-03-02", "ends_on": "2027-02-26", "coordinator_ids": []
})))]
pub struct CreateProgramInput {
    /// Name of the program. No other program may have the same name. Upper and lower case count as the same.
    name: Name,
    /// Purpose of the program. Default: none.
    objectives: Option<Text>,
    /// Mentoring model of pairs that do not set their own. Default: `one_on_one`.
    #[serde(default)]
    #[schema(required = false)]
    model: ProgramModel,
    /// `true`: the organisation runs the program, with goals and an end. `false`: a frame that people fill themselves.
    /// Default: `true`.
    #[serde(default = "yes")]
    #[schema(required = false, default = true)]
    is_formal: bool,
    /// `true`: a pair becomes active only after both people have accepted it. Default: `false`.
    #[serde(default)]
    requires_acceptance: bool,
    /// Rule for taking part. Unless it is `none`, only enrolled people can be paired in the program. Default: `none`.
    #[serde(default)]
    #[schema(required = false)]
    enrolling: Enrolling,
    /// Maximum number of enrolled mentors. Default: no limit.
    max_mentors: Option<Headcount>,
    /// Maximum number of enrolled mentees. Default: no limit.
    max_mentees: Option<Headcount>,
    /// First day. Default: not set.
    starts_on: Option<Day>,
    /// Last day, not before the first day. Default: open.
    ends_on: Option<Day>,
    /// Ids of the coordinators. People who have left cannot coordinate. Default: none.
    #[serde(default)]
    #[schema(max_items = 50)]
    coordinator_ids: Vec<PersonId>,
}

const fn yes() -> bool {
    true
}

/// Create a program
///
/// Admins may do this. The program starts at the stage `planning`. A coordinator leads the program only if their token
/// has the role `coordinator`. A name that another program has gives 409 `already_exists`.
#[utoipa::path(tag = "programs", request_body = CreateProgramInput, responses((status = 201, body = ProgramView)))]
#[post("/v1/programs")]
async fn create_program(
    app: Data<App>,
    viewer: Viewer,
    input: Json<CreateProgramInput>,
    once: IdempotencyKey,
) -> Result<Shown<ProgramView>, Problem> {
    may_list::<CreateProgram>(&viewer)?;
    let input = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| {
            let may_create = permit::<CreateProgram, _>(&viewer, Organisation)?;
            let may_assign = permit::<AssignCoordinators, _>(&viewer, Organisation)?;
            let (id, now) = (ProgramId::new(&app.clock), app.clock.now());
            let program = Program {
                id,
                name: input.name,
                objectives: input.objectives,
                model: input.model,
                stage: ProgramStage::Planning,
                is_formal: input.is_formal,
                requires_acceptance: input.requires_acceptance,
                enrolling: input.enrolling,
                max_mentors: input.max_mentors.map(i64::from),
                max_mentees: input.max_mentees.map(i64::from),
                starts_on: input.starts_on.map(NaiveDate::from),
                ends_on: input.ends_on.map(NaiveDate::from),
                created_at: now,
                updated_at: now,
                revision: 1,
                coordinators: Vec::new(),
            };
            program.check_days()?;
            check_coordinators(&input.coordinator_ids, &store::find_present(tx, &input.coordinator_ids).await?)?;
            store::insert(tx, &may_create, &program).await?;
            store::put_coordinators(tx, &may_assign, id, &input.coordinator_ids, now).await?;
            outbox::add(tx, &app.clock, Event::ProgramCreated(id), None).await?;
            Ok(id)
        },
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/programs/{id}"))),
    )
    .await
}

/// The coordinators of a program.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"coordinator_ids": ["01985b1e-6d0a-7c11-9a52-3f4c5d6e7f80"]})))]
pub struct PutCoordinators {
    /// Ids of all coordinators. People who have left cannot coordinate. Empty: only admins lead the program.
    #[schema(max_items = 50)]
    coordinator_ids: Vec<PersonId>,
}

/// Replace the coordinators of a program
///
/// Admins may do this. A removed coordinator stops leading the program and its pairs immediately. A new coordinator
/// leads them only if their token has the role `coordinator`.
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), request_body = PutCoordinators, responses((status = 200, body = ProgramView)))]
#[put("/v1/programs/{id}/coordinators")]
async fn put_coordinators(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    seen: Preconditions,
    input: Json<PutCoordinators>,
) -> Result<Shown<ProgramView>, Problem> {
    may_list::<AssignCoordinators>(&viewer)?;
    let asked = input.into_inner().coordinator_ids;
    let mut tx = app.write(&viewer).await?;
    tx.lock((*id).into()).await?;
    let program = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &program)?;
    let program = permit::<ReadProgram, _>(&viewer, program)?;
    let may_assign = permit::<AssignCoordinators, _>(&viewer, Organisation)?;
    check_coordinators(&asked, &store::find_present(&mut tx, &asked).await?)?;
    if !program.is_coordinated_by_just(&asked) {
        store::put_coordinators(&mut tx, &may_assign, *id, &asked, app.clock.now()).await?;
        outbox::add(&mut tx, &app.clock, Event::ProgramChanged(*id), None).await?;
    }
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

/// Advance a program to its next stage
///
/// The stages are `planning` → `initiation` → `mentoring` → `evaluation`. A program cannot go back. After the last
/// stage the answer is 409 `wrong_state`. The coordinators of the program may do this, if their token has the role
/// `coordinator`, and admins.
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), request_body = EmptyBody, responses((status = 200, body = ProgramView)))]
#[post("/v1/programs/{id}/advance")]
async fn advance_program(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    seen: Preconditions,
    _input: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<ProgramView>, Problem> {
    app.once(
        &viewer,
        &once,
        async |tx| {
            tx.lock((*id).into()).await?;
            let program = store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &program)?;
            let program =
                permit::<ChangeProgram, _>(&viewer, program)?.change(|program| program.advance(app.clock.now()))?;
            store::save(tx, &program).await?;
            outbox::add(tx, &app.clock, Event::ProgramAdvanced(*id), None).await?;
            Ok(*id)
        },
        async |tx, id| read(tx, &viewer, id).await,
    )
    .await
}
