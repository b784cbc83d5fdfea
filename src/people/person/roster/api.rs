//! The roster over HTTP: HR systems create and change people.

use actix_web::web::Data;
use actix_web::{Either, patch, post, put};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Absence, AbsenceOutcome, ChangePersonInput, RosterEntry};
use super::write::{self, Upserted};
use crate::http::{App, Beside, IdempotencyKey, IgnoredField, Json, Path, Preconditions, Report};
use crate::ids::PersonId;
use crate::people::person::api::{PersonView, read};
use crate::people::person::store;
use crate::policy::acts::ReadOrganisation;
use crate::policy::{Clearance, Readable, Shown, Viewed, Viewer, may_read, show, view};
use crate::problem::Problem;
use crate::text::Line;

/// Addition to the answer of a request that reports a departure.
#[derive(Debug, Serialize, ToSchema)]
pub struct IgnoredFields {
    /// Fields of the request that were not applied, at most 50. Absent: all fields were applied. Only the report of a
    /// departure can have ignored fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50, required = false)]
    ignored: Vec<IgnoredField>,
}

/// A person, and the fields of the request that were not applied.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as the document shows it; `Beside` writes it")]
struct ReportedPersonView {
    #[schema(inline = false)]
    #[serde(flatten)]
    person: PersonView,
    #[schema(inline)]
    #[serde(flatten)]
    ignored: IgnoredFields,
}

view! {
    /// The answer to the report of a departure of a person who is not in the service. Nothing was changed.
    AbsenceView {
        /// Reason why no person was changed.
        public outcome: AbsenceOutcome,
    }
}

/// The answer to the report of a departure of a person who is not in the service, and the fields that were not applied.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as the document shows it; `Beside` writes it")]
struct ReportedAbsenceView {
    #[serde(flatten)]
    absence: AbsenceView,
    #[schema(inline)]
    #[serde(flatten)]
    ignored: IgnoredFields,
}

/// The person of the entry; or, for a departure, the reason why there is no such person.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, clippy::large_enum_variant, reason = "as the document shows it")]
enum RosterAnswer {
    /// The person.
    Person(ReportedPersonView),
    /// The reason why there is no such person.
    Absence(ReportedAbsenceView),
}

impl Readable for Absence {
    type Read = ReadOrganisation;
    const KIND: &'static str = "people";

    fn id(&self) -> Uuid {
        Uuid::nil()
    }
}

impl Viewed for Absence {
    type View = AbsenceView;

    fn view(self, clearance: &Clearance) -> AbsenceView {
        AbsenceView { outcome: self.outcome, withheld: clearance.withheld::<AbsenceView>() }
    }
}

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(put_person_by_external_id).service(create_person).service(change_person);
}

/// Create a person
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. The profile starts empty; only
/// the person can fill it. The status must not be `departed`. A manager who has left gives 409 `person_not_active`. An
/// external id or address that another person has gives 409 `already_exists`.
#[utoipa::path(tag = "people", request_body = RosterEntry, responses((status = 201, body = PersonView)))]
#[post("/v1/people")]
async fn create_person(
    app: Data<App>,
    viewer: Viewer,
    input: Json<RosterEntry>,
    once: IdempotencyKey,
) -> Result<Shown<PersonView>, Problem> {
    let permitted = write::permit_change(&viewer)?;
    let entry = input.into_inner();
    app.once(
        &viewer,
        &once,
        async |tx| write::create(&app, tx, &viewer, &permitted, entry).await,
        async |tx, id| Ok(read(tx, &viewer, id).await?.created(format!("/v1/people/{id}"))),
    )
    .await
}

/// Change the HR facts of a person
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. The person changes their profile
/// with `PATCH /v1/people/{id}/profile`.
///
/// - A manager who reports to the person, at any depth, gives 409 `reporting_loop`.
/// - The status `departed` always takes effect. The other fields of the request are not applied, even if they are
///   invalid. `ignored` lists them with the reasons.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = ChangePersonInput, responses((status = 200, body = ReportedPersonView)))]
#[patch("/v1/people/{id}")]
async fn change_person(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Preconditions,
    report: Report<ChangePersonInput>,
) -> Result<Beside<PersonView, IgnoredFields>, Problem> {
    let mut tx = app.write(&viewer).await?;
    tx.lock((*id).into()).await?;
    let person = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    may_read(&viewer, &person)?;
    let permitted = write::permit_change(&viewer)?;
    seen.check(&viewer, &person)?;
    let ignored = match report {
        Report::Change(input) => {
            write::change(&app, &mut tx, &viewer, &permitted, person, input, "/manager_id").await?;
            Vec::new()
        }
        Report::Departure(departure) => {
            write::depart(&app, &mut tx, &permitted, *id).await?;
            departure.ignored
        }
    };
    let shown = read(&mut tx, &viewer, *id).await?;
    tx.about(*id);
    tx.commit().await?;
    Ok(Beside { shown, beside: IgnoredFields { ignored } })
}

/// Create or replace a person by external id
///
/// Admins may do this, and services with the scopes `people:read` and `people:write`. The service looks for the person
/// by `external_id`, then by e-mail address. If there is none, it creates the person (201).
///
/// - Send all fields. A field that is left out becomes empty. Only `time_zone` and `languages` keep their value,
///   because people can change them.
/// - A repeated request changes nothing.
/// - The status `departed` always takes effect. The other fields of the request are not applied, even if they are
///   invalid. `ignored` lists them with the reasons.
/// - The status `departed` never creates a person. If the person is unknown or was erased, the answer has an `outcome`
///   and nothing changes.
#[utoipa::path(tag = "people", params(("external_id" = inline(Line<100>), Path, description = "Id of the person in the HR system.")),
    request_body = RosterEntry, responses((status = 200, body = RosterAnswer), (status = 201, body = ReportedPersonView)))]
#[put("/v1/roster/{external_id}")]
async fn put_person_by_external_id(
    app: Data<App>,
    viewer: Viewer,
    external_id: Path<Line<100>>,
    seen: Preconditions,
    report: Report<RosterEntry>,
) -> Result<Either<Beside<PersonView, IgnoredFields>, Beside<AbsenceView, IgnoredFields>>, Problem> {
    let mut tx = app.write(&viewer).await?;
    let (upserted, ignored) = match report {
        Report::Change(entry) => {
            (write::upsert(&app, &mut tx, &viewer, &seen, (*external_id).clone(), entry).await?, Vec::new())
        }
        Report::Departure(departure) => {
            let upserted = write::report_departure(&app, &mut tx, &viewer, &seen, &external_id, &departure).await?;
            (upserted, departure.ignored)
        }
    };
    let beside = IgnoredFields { ignored };
    let id = match upserted {
        Upserted::Created(id) | Upserted::Known(id) => id,
        // Without a commit, the reads leave no event in the audit log.
        Upserted::Absent(outcome) => {
            return Ok(Either::Right(Beside { shown: show(&viewer, Absence { outcome })?, beside }));
        }
    };
    let shown = read(&mut tx, &viewer, id).await?;
    tx.about(id);
    tx.commit().await?;
    let shown = match upserted {
        Upserted::Created(_) => shown.created(format!("/v1/people/{id}")),
        _ => shown,
    };
    Ok(Either::Left(Beside { shown, beside }))
}
