//! Programs over HTTP: list, read and change.

use actix_web::web::Data;
use actix_web::{get, patch};
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::enrolment;
use super::model::{Coordinator, Enrolling, Headcount, Program, ProgramModel, ProgramStage};
use super::store::{self, Filter};
use crate::db::Tx;
use crate::http::{
    App, Json, MirroredPage, Path, Preconditions, Query, Walk, list_query, merge_patch, mirrored_page, reaching_back,
};
use crate::ids::{PersonId, ProgramId};
use crate::outbox::{self, Event};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{ChangeProgram, ReadProgram};
use crate::policy::{Shown, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::{Name, Text};
use crate::time::{Day, Moment};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_programs).service(read_program).service(change_program);
}

/// A program as it appears in other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramRef {
    /// Id of the program.
    pub id: ProgramId,
    /// Name of the program.
    pub name: Name,
}

view! {
    /// A program: a frame for pairs, with a purpose and coordinators.
    ProgramView of program: Program, clearance {
        let person = |Coordinator { id, name, title, .. }| PersonRef::new(id, name, title);
        /// Id of the program.
        public id: ProgramId,
        /// Name of the program. No other program has the same name. Upper and lower case count as the same.
        public name: Name,
        /// Purpose of the program. `null`: not written.
        public objectives: Option<Text>,
        /// Mentoring model of pairs that do not set their own.
        public model: ProgramModel,
        /// Current stage of the program.
        public stage: ProgramStage,
        /// `true`: the organisation runs the program, with goals and an end. `false`: a frame that people fill
        /// themselves.
        public is_formal: bool,
        /// `true`: a pair becomes active only after both people have accepted it.
        public requires_acceptance: bool,
        /// Rule for taking part. Unless it is `none`, only enrolled people can be paired in the program.
        public enrolling: Enrolling,
        /// Maximum number of enrolled mentors. `null`: no limit.
        #[schema(minimum = 1, maximum = 1_000_000, examples(40))]
        public max_mentors: Option<i64>,
        /// Maximum number of enrolled mentees. `null`: no limit.
        #[schema(minimum = 1, maximum = 1_000_000, examples(60))]
        public max_mentees: Option<i64>,
        /// First day. `null`: not set.
        public starts_on: Option<NaiveDate>,
        /// Last day. `null`: open.
        public ends_on: Option<NaiveDate>,
        /// Coordinators in alphabetical order. A coordinator whose token has the role `coordinator` leads the program
        /// and its pairs. Empty: only admins lead it.
        #[schema(max_items = 50)]
        public coordinators: Vec<PersonRef> = program.coordinators.into_iter().map(person).collect(),
        /// Time of creation.
        public created_at: DateTime<Utc>,
        /// Time of the last change.
        public updated_at: DateTime<Utc>,
    }
}

list_query! {
    /// Filters of the list of programs.
    ListPrograms from Walk<ProgramId> {
        /// Lists only programs at this stage.
        #[param(inline)]
        stage: Option<ProgramStage>,
        /// Id of a person. Lists only programs that this person coordinates.
        coordinator_id: Option<PersonId>,
        /// Lists only programs with this rule for taking part. `open` lists the programs in which each person can enrol.
        #[param(inline)]
        enrolling: Option<Enrolling>,
        /// Lists only programs that changed after this time. Changes up to five minutes earlier are listed again; see
        /// `next_updated_after`.
        updated_after: Option<Moment>,
    }
}

/// List programs
///
/// Sorted by time of creation, oldest first. Each person can list all programs. A service needs the scope
/// `programs:read`.
#[utoipa::path(tag = "programs", params(ListPrograms), responses((status = 200, body = MirroredPage<ProgramView>)))]
#[get("/v1/programs")]
async fn list_programs(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListPrograms>,
) -> Result<MirroredPage<ProgramView>, Problem> {
    may_list::<ReadProgram>(&viewer)?;
    let walk = Walk::of(query.cursor.as_ref(), &app.clock, ProgramId::first());
    let only = Filter {
        stage: query.stage,
        coordinator: query.coordinator_id,
        enrolling: query.enrolling,
        updated_after: query.updated_after.map(reaching_back),
    };
    let mut tx = app.read().await?;
    let programs = store::list(&mut tx, only, walk.after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, only)).await?;
    mirrored_page(&viewer, query.limit, programs, total, &walk, |program| program.id)
}

/// Read a program
///
/// Each person can read all programs. A service needs the scope `programs:read`. `GET /v1/pairs?program_id=…` lists the
/// pairs of the program.
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), responses((status = 200, body = ProgramView)))]
#[get("/v1/programs/{id}")]
async fn read_program(app: Data<App>, viewer: Viewer, id: Path<ProgramId>) -> Result<Shown<ProgramView>, Problem> {
    let mut tx = app.read().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to a program. Fields that are left out stay as they are. The stage and the coordinators have operations
    /// of their own.
    #[schema(examples(json!({"objectives": "Each new colleague has a person to ask.", "ends_on": "2027-02-26"})))]
    ChangeProgramInput {
        /// Name of the program. No other program may have the same name. Upper and lower case count as the same.
        name: Name,
        /// Purpose of the program. `null` removes the text.
        objectives: Option<Text>,
        /// Mentoring model of new pairs that do not set their own.
        model: ProgramModel,
        /// `true`: the organisation runs the program, with goals and an end. `false`: a frame that people fill
        /// themselves.
        is_formal: bool,
        /// `true`: a new pair becomes active only after both people have accepted it. Existing pairs do not change.
        requires_acceptance: bool,
        /// Rule for taking part. Unless it is `none`, only enrolled people can be paired in the program. Existing pairs
        /// do not change.
        enrolling: Enrolling,
        /// Maximum number of enrolled mentors. `null`: no limit. A higher limit enrols waiting people. A lower limit
        /// removes no one.
        max_mentors: Option<Headcount>,
        /// Maximum number of enrolled mentees. `null`: no limit. A higher limit enrols waiting people. A lower limit
        /// removes no one.
        max_mentees: Option<Headcount>,
        /// First day. `null` removes the day.
        starts_on: Option<Day>,
        /// Last day, not before the first day. `null`: open.
        ends_on: Option<Day>,
    }
}

/// Change a program
///
/// The coordinators of the program may do this, if their token has the role `coordinator`, and admins. If there is room
/// after the change, waiting people are enrolled. A name that another program has gives 409 `already_exists`.
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), request_body = ChangeProgramInput, responses((status = 200, body = ProgramView)))]
#[patch("/v1/programs/{id}")]
async fn change_program(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    seen: Preconditions,
    input: Json<ChangeProgramInput>,
) -> Result<Shown<ProgramView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    tx.lock((*id).into()).await?;
    let before = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &before)?;
    let program = permit::<ChangeProgram, _>(&viewer, before.clone())?.change(|program| {
        input.name.apply(&mut program.name);
        input.objectives.apply(&mut program.objectives);
        input.model.apply(&mut program.model);
        input.is_formal.apply(&mut program.is_formal);
        input.requires_acceptance.apply(&mut program.requires_acceptance);
        input.enrolling.apply(&mut program.enrolling);
        input.max_mentors.map(|most| most.map(i64::from)).apply(&mut program.max_mentors);
        input.max_mentees.map(|most| most.map(i64::from)).apply(&mut program.max_mentees);
        input.starts_on.date().apply(&mut program.starts_on);
        input.ends_on.date().apply(&mut program.ends_on);
        program.check_days()?;
        if *program != before {
            program.updated_at = app.clock.now();
        }
        Ok(())
    })?;
    if *program != before {
        store::save(&mut tx, &program).await?;
        outbox::add(&mut tx, &app.clock, Event::ProgramChanged(*id), None).await?;
        enrolment::queue::enrol_waiting(&mut tx, &app.clock, *id, program.updated_at).await?;
    }
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

pub(super) async fn read(tx: &mut Tx, viewer: &Viewer, id: ProgramId) -> Result<Shown<ProgramView>, Problem> {
    show(viewer, store::find(tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
