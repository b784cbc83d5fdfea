//! Enrolments over HTTP: reading them, and how many mentees a mentor takes.

use actix_web::web::Data;
use actix_web::{get, patch};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{Enrolment, EnrolmentRole, EnrolmentStatus, Wishes};
use super::store::{self, Filter};
use crate::db::Tx;
use crate::http::{App, Change, Count, Cursor, Json, Limit, Page, Path, Query, Seen, merge_patch, page};
use crate::ids::{EnrolmentId, PersonId, ProgramId};
use crate::people::person::api::PersonRef;
use crate::people::person::scale::Capacity;
use crate::policy::acts::{ChangeEnrolment, ReadEnrolment};
use crate::policy::{Clearance, Shown, Viewed, Viewer, may_list, permit, show, view};
use crate::problem::Problem;
use crate::programs::api::ProgramRef;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(list_enrolments).service(read_enrolment).service(change_enrolment);
}

view! {
    /// That somebody takes part in a program, or would like to. Between them and the leads of the program; mentees who take
    /// part learn from suggestions which mentors do.
    EnrolmentView {
        /// Names the enrolment.
        public id: EnrolmentId,
        /// The program.
        private program: ProgramRef,
        /// Who takes part.
        private person: PersonRef,
        /// As what.
        private role: EnrolmentRole,
        /// Where it is in its life.
        private status: EnrolmentStatus,
        /// Mentees that a mentor takes in this program; `null`: as many as the mentor has places.
        #[schema(minimum = 1, maximum = 10, examples(2))]
        private places: Option<i64>,
        /// Whom they would like to be paired with, the most wanted first. Counts where a cohort is planned as `stable`.
        #[schema(max_items = 20)]
        private wishes: Vec<PersonId>,
        /// When it was made.
        private created_at: DateTime<Utc>,
        /// When it changed last.
        private updated_at: DateTime<Utc>,
    }
}

impl Viewed for Enrolment {
    type View = EnrolmentView;

    fn view(self, clearance: &Clearance) -> EnrolmentView {
        let person = PersonRef { id: self.person_id, name: self.person_name, title: self.person_title };
        EnrolmentView {
            id: self.id,
            program: clearance.plain(ProgramRef { id: self.program_id, name: self.program_name }),
            person: clearance.plain(person),
            role: clearance.plain(self.role),
            status: clearance.plain(self.status),
            places: clearance.plain(self.places),
            wishes: clearance.plain(self.wishes.0),
            created_at: clearance.plain(self.created_at),
            updated_at: clearance.plain(self.updated_at),
            withheld: clearance.withheld::<EnrolmentView>(),
        }
    }
}

/// Which enrolments to list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListEnrolments {
    /// Enrolments in this program.
    program_id: Option<ProgramId>,
    /// Enrolments of this person.
    person_id: Option<PersonId>,
    /// Enrolments of this status.
    #[param(inline)]
    status: Option<EnrolmentStatus>,
    /// Enrolments as this.
    #[param(inline)]
    role: Option<EnrolmentRole>,
    /// Items on a page.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// `next_cursor` of the page before.
    #[param(value_type = Option<String>, max_length = 500)]
    cursor: Option<Cursor<EnrolmentId>>,
    /// `exact`: the page says how many there are in all, as `total`.
    #[serde(default)]
    #[param(inline, required = false)]
    count: Count,
}

/// Lists enrolments: your own, and those in the programs that you lead.
///
/// In the order they were made, which is also the order of the waiting list. Enrolments of others, outside the programs
/// you lead, are not in the list, whatever the filter says.
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
    let mut tx = app.look().await?;
    let enrolments = store::list(&mut tx, &viewer, &only, after, query.limit.and_one()).await?;
    let total = query.count.of(store::count(&mut tx, &viewer, &only)).await?;
    page(&viewer, query.limit, enrolments, total, |enrolment| enrolment.id)
}

/// Reads an enrolment.
///
/// For who takes part, and the leads of the program.
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), responses((status = 200, body = EnrolmentView)))]
#[get("/v1/enrolments/{id}")]
async fn read_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
) -> Result<Shown<EnrolmentView>, Problem> {
    read_again(&app, &viewer, *id).await
}

merge_patch! {
    /// What to change of an enrolment.
    #[schema(examples(json!({"places": 2}), json!({"wishes": ["01988b64-97e0-7d1e-a3b5-6d7e8f9a0b1c"]})))]
    ChangeEnrolmentInput {
        /// Mentees that a mentor takes in this program; `null`: as many as the mentor has places.
        places: Option<Capacity>,
        /// Up to 20 people whom they would like to be paired with, the most wanted first; `[]`: nobody in particular.
        /// They and the leads see it, who is wished for does not. Whoever takes no part is passed over.
        #[schema(value_type = Vec<PersonId>, max_items = 20)]
        wishes: Wishes,
    }
}

/// Changes how many mentees a mentor takes in a program, or whom somebody would like to be paired with.
///
/// Whose enrolment it is may, and the leads of the program. Pairs that are there stay.
#[utoipa::path(tag = "programs", params(("id" = EnrolmentId, Path)), request_body = ChangeEnrolmentInput, responses((status = 200, body = EnrolmentView)))]
#[patch("/v1/enrolments/{id}")]
async fn change_enrolment(
    app: Data<App>,
    viewer: Viewer,
    id: Path<EnrolmentId>,
    seen: Seen,
    input: Json<ChangeEnrolmentInput>,
) -> Result<Shown<EnrolmentView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    let enrolment = store::hold(&mut tx, *id).await?.ok_or_else(Problem::not_found)?;
    seen.check(&viewer, &enrolment)?;
    let permitted = permit::<ChangeEnrolment, _>(&viewer, enrolment)?;
    let ChangeEnrolmentInput { places, wishes } = input.into_inner();
    if matches!((&places, &wishes), (Change::Keep, Change::Keep)) {
        return show(&viewer, permitted.unchanged());
    }
    if let Change::Set(wishes) = &wishes {
        check_known(&mut tx, wishes).await?;
    }
    let now = app.clock.now();
    let enrolment = permitted.change(|enrolment| {
        if let Change::Set(places) = places {
            enrolment.take(places, now)?;
        }
        if let Change::Set(wishes) = wishes {
            enrolment.wish(wishes, now)?;
        }
        Ok(())
    })?;
    store::save(&mut tx, &enrolment).await?;
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

async fn check_known(tx: &mut Tx, wishes: &Wishes) -> Result<(), Problem> {
    let known = store::list_known(tx, wishes.people()).await?;
    match wishes.people().iter().position(|person| !known.contains(&(*person,))) {
        Some(place) => Err(Problem::invalid(format!("/wishes/{place}"), "names no person")),
        None => Ok(()),
    }
}

pub(super) async fn read_again(app: &App, viewer: &Viewer, id: EnrolmentId) -> Result<Shown<EnrolmentView>, Problem> {
    let mut tx = app.look().await?;
    show(viewer, store::find(&mut tx, id).await?.ok_or_else(Problem::not_found)?)
}
