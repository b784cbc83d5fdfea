//! Enrolments over HTTP: list, read and change.

use actix_web::web::Data;
use actix_web::{get, patch};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Enrolment, EnrolmentRole, EnrolmentStatus, Wishes};
use super::store::{self, Filter};
use crate::db::Tx;
use crate::http::{App, Change, Json, Page, Path, Preconditions, Query, list_query, merge_patch, page};
use crate::ids::{EnrolmentId, PersonId, ProgramId};
use crate::people::person::api::PersonRef;
use crate::people::person::scale::Capacity;
use crate::policy::acts::{ChangeEnrolment, ReadEnrolment};
use crate::policy::{Shown, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_enrolments).service(read_enrolment).service(change_enrolment);
}

view! {
    /// A person's enrolment in a program, or their application. Only the person and the leads of the program see it. A
    /// mentee does not see the enrolments of mentors. Suggestions for the program show the mentee some of its mentors.
    EnrolmentView of enrolment: Enrolment, clearance {
        let person = PersonRef::new(enrolment.person_id, enrolment.person_name, enrolment.person_title);
        /// Id of the enrolment.
        public id: EnrolmentId,
        /// Program of the enrolment.
        private program: ProgramRef =
            clearance.show(ProgramRef { id: enrolment.program_id, name: enrolment.program_name }),
        /// Person who takes part.
        private person: PersonRef = clearance.show(person),
        /// Role in the program.
        private role: EnrolmentRole,
        /// Status of the enrolment.
        private status: EnrolmentStatus,
        /// Maximum number of mentees that the mentor takes in this program. `null`: the capacity in the mentor's
        /// profile.
        #[schema(minimum = 1, maximum = 10, examples(2))]
        private capacity: Option<i64>,
        /// Ids of the people the person wants to be paired with, the most wanted first. Only matching rounds with the
        /// objective `stable` use them. Empty: no wishes.
        #[schema(max_items = 20)]
        private wishes: Vec<PersonId> = clearance.show(enrolment.wishes.0),
        /// Time of creation.
        private created_at: DateTime<Utc>,
        /// Time of the last change.
        private updated_at: DateTime<Utc>,
    }
}

list_query! {
    /// Filters of the list of enrolments.
    ListEnrolments from EnrolmentId {
        /// Id of a program. Lists only enrolments in this program.
        program_id: Option<ProgramId>,
        /// Id of a person. Lists only enrolments of this person.
        person_id: Option<PersonId>,
        /// Lists only enrolments with this status.
        #[param(inline)]
        status: Option<EnrolmentStatus>,
        /// Lists only enrolments with this role.
        #[param(inline)]
        role: Option<EnrolmentRole>,
    }
}

/// List enrolments
///
/// Sorted by time of creation, oldest first. The waiting list has the same order. The list has your own enrolments and
/// those in the programs that you lead. Filters never add other enrolments.
#[utoipa::path(tag = "programs", params(ListEnrolments), responses((status = 200, body = Page<EnrolmentView>)))]
#[get("/v1/enrolments")]
async fn list_enrolments(
    app: Data<App>,
    viewer: Viewer,
    query: Query<ListEnrolments>,
) -> Result<Page<EnrolmentView>, Problem> {
    may_list::<ReadEnrolment>(&viewer)?;
    let after = query.cursor.map_or(EnrolmentId::first(), |cursor| cursor.0);
    let only = Filter { program: query.program_id, person: query.person_id, status: query.status, role: query.role };
    let mut tx = app.read_one().await?;
    let enrolments = store::list(&mut tx, &viewer, &only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, &only)).await?;
    page(&viewer, query.limit, enrolments, total, |enrolment| enrolment.id)
}

/// Read an enrolment
///
/// The person who takes part and the leads of the program may do this. Other viewers get 404.
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), responses((status = 200, body = EnrolmentView)))]
#[get("/v1/enrolments/{id}")]
async fn read_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
) -> Result<Shown<EnrolmentView>, Problem> {
    let mut tx = app.read_one().await?;
    read(&mut tx, &viewer, *id).await
}

merge_patch! {
    /// Changes to an enrolment. Fields that are left out stay as they are.
    #[schema(examples(json!({"capacity": 2}), json!({"wishes": ["01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"]})))]
    ChangeEnrolmentInput {
        /// Maximum number of mentees that the mentor takes in this program. Only for mentors. `null`: the capacity in
        /// the mentor's profile.
        capacity: Option<Capacity>,
        /// Ids of up to 20 people the person wants to be paired with, the most wanted first. Empty: no wishes.
        /// The person and the leads see the wishes; the wanted people do not. People who do not take part are skipped.
        #[schema(value_type = Vec<PersonId>, max_items = 20)]
        wishes: Wishes,
    }
}

/// Change an enrolment
///
/// Changes the capacity of a mentor in a program, or the wishes of the person. The person who takes part and the leads
/// of the program may do this. Other viewers get 404. Existing pairs do not change. An enrolment that is over gives 409
/// `wrong_state`.
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), request_body = ChangeEnrolmentInput, responses((status = 200, body = EnrolmentView)))]
#[patch("/v1/enrolments/{id}")]
async fn change_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
    seen: Preconditions,
    input: Json<ChangeEnrolmentInput>,
) -> Result<Shown<EnrolmentView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    let enrolment = store::find_for_update(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &enrolment)?;
    let permitted = permit::<ChangeEnrolment, _>(&viewer, enrolment)?;
    let ChangeEnrolmentInput { capacity, wishes } = input.into_inner();
    if matches!((&capacity, &wishes), (Change::Keep, Change::Keep)) {
        return show(&viewer, permitted.unchanged());
    }
    if let Change::Set(wishes) = &wishes {
        check_known(&mut tx, wishes).await?;
    }
    let now = app.clock.now();
    let enrolment = permitted.change(|enrolment| {
        if let Change::Set(capacity) = capacity {
            enrolment.take(capacity, now)?;
        }
        if let Change::Set(wishes) = wishes {
            enrolment.wish(wishes, now)?;
        }
        Ok(())
    })?;
    store::save(&mut tx, &enrolment).await?;
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}

async fn check_known(tx: &mut Tx, wishes: &Wishes) -> Result<(), Problem> {
    let known = store::list_known(tx, wishes.people()).await?;
    match wishes.people().iter().position(|person| !known.contains(&(*person,))) {
        Some(index) => Err(Problem::invalid(format!("/wishes/{index}"), "must be the id of a person")),
        None => Ok(()),
    }
}

pub(super) async fn read(tx: &mut Tx, viewer: &Viewer, id: EnrolmentId) -> Result<Shown<EnrolmentView>, Problem> {
    show(viewer, store::find(tx, id).await?.ok_or_else(Problem::not_found)?)
}
