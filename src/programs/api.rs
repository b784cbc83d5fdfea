//! Programs over HTTP: reading and changing them.

use actix_web::web::Data;
use actix_web::{get, patch};
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::enrolment;
use super::model::{Coordinator, Enrolling, Headcount, Model, Program, Stage};
use super::store::{self, Filter};
use crate::http::{
    App, Count, Cursor, Json, Limit, MirroredPage, Path, Query, Seen, Walk, merge_patch, mirrored_page, reaching_back,
};
use crate::ids::{PersonId, ProgramId};
use crate::outbox::{self, Event};
use crate::people::person::api::PersonRef;
use crate::policy::acts::{ChangeProgram, ReadProgram};
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::text::{Name, Text};
use crate::time::{Day, Moment};

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_programs).service(read_program).service(change_program);
}

/// A program as it appears inside other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProgramRef {
    /// Names the program.
    pub id: ProgramId,
    /// What it is called.
    pub name: Name,
}

view! {
    /// A program: a frame for pairs, with a purpose and people who coordinate it.
    ProgramView {
        /// Names the program.
        public id: ProgramId,
        /// What it is called; no other program is.
        public name: Name,
        /// What it is for.
        public objectives: Option<Text>,
        /// The way of mentoring of its pairs, unless one says otherwise.
        public model: Model,
        /// Where it is in its life.
        public stage: Stage,
        /// Run by the organisation, with goals and an end; otherwise a frame that people fill
        /// themselves.
        public is_formal: bool,
        /// Its pairs begin only when both have said yes.
        public asks_for_acceptance: bool,
        /// How people come to take part. Unless it is `none`, only those who take part are paired in it.
        public enrolling: Enrolling,
        /// So many mentors take part at most; `null`: as many as like.
        #[schema(minimum = 1, maximum = 1_000_000, examples(40))]
        public most_mentors: Option<i64>,
        /// So many mentees take part at most; `null`: as many as like.
        #[schema(minimum = 1, maximum = 1_000_000, examples(60))]
        public most_mentees: Option<i64>,
        /// First day.
        public starts_on: Option<NaiveDate>,
        /// Last day; `null` while open.
        public ends_on: Option<NaiveDate>,
        /// Who coordinates it, by the alphabet. With the role `coordinator` in their token they
        /// lead the program and its pairs.
        #[schema(max_items = 50)]
        public coordinators: Vec<PersonRef>,
        /// When the record was made.
        public created_at: DateTime<Utc>,
        /// When it changed last.
        public updated_at: DateTime<Utc>,
    }
}

impl Viewed for Program {
    type View = ProgramView;

    fn view(self, clearance: &Clearance) -> ProgramView {
        let person = |Coordinator { id, name, title, .. }| PersonRef { id, name, title };
        ProgramView {
            id: self.id,
            name: self.name,
            objectives: self.objectives,
            model: self.model,
            stage: self.stage,
            is_formal: self.is_formal,
            asks_for_acceptance: self.asks_for_acceptance,
            enrolling: self.enrolling,
            most_mentors: self.most_mentors,
            most_mentees: self.most_mentees,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            coordinators: self.coordinators.into_iter().map(person).collect(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            withheld: clearance.withheld::<ProgramView>(),
        }
    }
}

/// Which programs to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPrograms {
    /// Programs at this stage.
    #[param(inline)]
    stage: Option<Stage>,
    /// Programs that this person coordinates.
    coordinator_id: Option<PersonId>,
    /// Programs in which people come to take part so: `open` are those in which anybody enrols.
    #[param(inline)]
    enrolling: Option<Enrolling>,
    /// Programs that changed after this, and some that changed up to five minutes earlier: see `next_updated_after`.
    updated_after: Option<Moment>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<Walk<ProgramId>>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists programs, in the order they were made.
///
/// Everybody who works here may, and services with `programs:read`.
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

/// Reads a program.
///
/// Everybody who works here may, and services with `programs:read`. Its pairs are at
/// `/v1/pairs?program_id=…`.
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), responses((status = 200, body = ProgramView)))]
#[get("/v1/programs/{id}")]
async fn read_program(app: Data<App>, viewer: Viewer, id: Path<ProgramId>) -> Result<Shown<ProgramView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of a program; its stage and its coordinators have addresses of their own.
    #[schema(examples(json!({"objectives": "Everybody who is new has somebody to ask.", "ends_on": "2027-02-26"})))]
    ChangeProgramInput {
        /// What it is called; no other program may be, in upper or lower case.
        name: Name,
        /// What it is for.
        objectives: Option<Text>,
        /// The way of mentoring of its pairs from now on, unless one says otherwise.
        model: Model,
        /// Run by the organisation, with goals and an end.
        is_formal: bool,
        /// Its pairs begin only when both have said yes; those that are there stay as they are.
        asks_for_acceptance: bool,
        /// How people come to take part. Unless it is `none`, only those who take part are paired in it; pairs that are
        /// there stay.
        enrolling: Enrolling,
        /// So many mentors take part at most; `null`: as many as like. Who waits is let in when it is raised; who takes
        /// part stays when it is lowered.
        most_mentors: Option<Headcount>,
        /// So many mentees take part at most; `null`: as many as like.
        most_mentees: Option<Headcount>,
        /// First day.
        starts_on: Option<Day>,
        /// Last day, not before the first; `null` leaves it open.
        ends_on: Option<Day>,
    }
}

/// Changes a program: name, objectives, model, dates, how people come to take part and how pairs begin.
///
/// Its coordinators may, with the role `coordinator` in their token, and admins.
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), request_body = ChangeProgramInput, responses((status = 200, body = ProgramView)))]
#[patch("/v1/programs/{id}")]
async fn change_program(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    seen: Seen,
    input: Json<ChangeProgramInput>,
) -> Result<Shown<ProgramView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
    let before = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &before)?;
    let program = permit::<ChangeProgram, _>(&viewer, before.clone())?.change(|program| {
        input.name.apply(&mut program.name);
        input.objectives.apply(&mut program.objectives);
        input.model.apply(&mut program.model);
        input.is_formal.apply(&mut program.is_formal);
        input.asks_for_acceptance.apply(&mut program.asks_for_acceptance);
        input.enrolling.apply(&mut program.enrolling);
        input.most_mentors.map(|most| most.map(i64::from)).apply(&mut program.most_mentors);
        input.most_mentees.map(|most| most.map(i64::from)).apply(&mut program.most_mentees);
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
        enrolment::queue::let_in(&mut tx, &app.clock, *id, program.updated_at).await?;
    }
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

pub(super) async fn read_again(app: &App, viewer: &Viewer, id: ProgramId) -> Result<Shown<ProgramView>, Problem> {
    let mut tx = app.read().await?;
    show(viewer, store::find(&mut tx, viewer, id).await?.ok_or_else(Problem::not_found)?)
}
