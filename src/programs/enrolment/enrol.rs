//! How somebody comes to take part in a program.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::api::{EnrolmentView, read_again};
use super::model::{Enrolment, EnrolmentRole, begin, check_person, check_places};
use super::store;
use crate::db::Tx;
use crate::http::{App, Json, Once, Path};
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

/// Who is to take part, and as what.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"role": "mentor", "places": 2})))]
pub struct EnrolInput {
    /// Gives, or asks; whoever does both enrols twice.
    role: EnrolmentRole,
    /// Mentees that a mentor takes in this program; as many as the mentor has places unless told.
    places: Option<Capacity>,
    /// Who takes part; you unless told. Only leads enrol others.
    person_id: Option<PersonId>,
}

/// Enrols somebody in a program.
///
/// Where the program's `enrolling` is `open` you take part at once; where it is `by_approval` you have `applied`, and a
/// lead answers. Leads enrol others, and without asking anybody. Whoever finds no room is `waiting` and is let in, in the
/// order of enrolments, when somebody withdraws or the limit is raised. Nobody is enrolled as a mentor whose profile does
/// not say `offers_mentoring`, nor as a mentee without `wants_mentoring`. 409 where nobody enrols (`none`), where only leads
/// do (`closed`), and at the program's last stage.
#[utoipa::path(tag = "programs", params(("id" = ProgramId, Path)), request_body = EnrolInput, responses((status = 201, body = EnrolmentView)))]
#[post("/v1/programs/{id}/enrolments")]
async fn enrol(
    app: Data<App>,
    viewer: Viewer,
    id: Path<ProgramId>,
    input: Json<EnrolInput>,
    once: Once,
) -> Result<Shown<EnrolmentView>, Problem> {
    let input = input.into_inner();
    let id = app.once(&viewer, &once, async |tx| write(&app, tx, &viewer, *id, input).await).await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/enrolments/{id}")))
}

async fn write(
    app: &App,
    tx: &mut Tx,
    viewer: &Viewer,
    program: ProgramId,
    input: EnrolInput,
) -> Result<EnrolmentId, Problem> {
    let own = viewer.person().ok_or_else(|| Problem::new(Code::NotAllowed, "Only people enrol."))?;
    let person = input.person_id.unwrap_or(own);
    // The person before the program: who leaves is held so, too.
    tx.hold(person.into()).await?;
    tx.hold(program.into()).await?;
    let program = programs::find(tx, viewer, program).await?.ok_or_else(Problem::not_found)?;
    let program = permit::<Enrol, _>(viewer, program)?;
    if person != own {
        permit::<EnrolOthers, _>(viewer, (*program).clone())?;
    }
    check_places(input.role, input.places)?;
    let missing = || Problem::invalid("/person_id", "names no person");
    let person = find_candidate(tx, person).await?.ok_or_else(missing)?;
    check_person(&person, input.role)?;
    let room = store::find_room(tx, program.id).await?;
    let status = begin(&program, viewer.leads(Some(program.id)), room.has(input.role))?;
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
        places: input.places.map(i64::from),
        wishes: sqlx::types::Json::default(),
        created_at: now,
        updated_at: now,
        revision: 1,
    };
    store::insert(tx, &program, &enrolment).await?;
    outbox::add(tx, &app.clock, enrolment.news(), None).await?;
    Ok(enrolment.id)
}
