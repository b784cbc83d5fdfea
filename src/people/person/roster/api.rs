//! The roster over HTTP.

use actix_web::web::Data;
use actix_web::{Either, patch, post, put};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{Absence, AbsenceOutcome, ChangePersonInput, RosterEntry};
use super::write::{self, Upserted};
use crate::http::{App, Beside, Ignored, Json, Once, Path, Report, Seen};
use crate::ids::PersonId;
use crate::people::person::api::{PersonView, read_again};
use crate::people::person::store;
use crate::policy::acts::ReadOrganisation;
use crate::policy::{Clearance, Readable, Shown, Viewed, Viewer, may_read, show, view};
use crate::problem::Problem;
use crate::text::Line;

/// What stands beside a record that HR reported on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Besides {
    /// Members of the request that were not applied, at most 50. Absent if there are none: only the report of a departure
    /// has them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50, required = false)]
    ignored: Vec<Ignored>,
}

/// A person, and what of the request was not applied.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as the document shows it; `Beside` writes it")]
struct ReportedPersonView {
    #[schema(inline = false)]
    #[serde(flatten)]
    person: PersonView,
    #[schema(inline)]
    #[serde(flatten)]
    besides: Besides,
}

view! {
    /// The entry of somebody who left and is not here. Nothing was changed.
    AbsenceView {
        /// Why the entry names nobody.
        public outcome: AbsenceOutcome,
    }
}

/// The entry of somebody who left and is not here, and what of it was not applied.
#[derive(ToSchema)]
#[expect(dead_code, reason = "as the document shows it; `Beside` writes it")]
struct ReportedAbsenceView {
    #[serde(flatten)]
    absence: AbsenceView,
    #[schema(inline)]
    #[serde(flatten)]
    besides: Besides,
}

/// A person who is there; or why the entry of somebody who left names nobody.
#[derive(ToSchema)]
#[serde(untagged)]
#[expect(dead_code, clippy::large_enum_variant, reason = "as the document shows it")]
enum RosterAnswer {
    /// The person.
    Person(ReportedPersonView),
    /// Nobody.
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

/// Adds a person.
///
/// For admins, and services with `people:write` beside `people:read`. The person's own part, from
/// the bio to the skills, is empty until they fill it in themselves. The status must not be `departed`.
#[utoipa::path(tag = "people", request_body = RosterEntry, responses((status = 201, body = PersonView)))]
#[post("/v1/people")]
async fn create_person(
    app: Data<App>,
    viewer: Viewer,
    input: Json<RosterEntry>,
    once: Once,
) -> Result<Shown<PersonView>, Problem> {
    let leave = write::leave(&viewer)?;
    let entry = input.into_inner();
    let id = app.once(&viewer, &once, async |tx| write::create(&app, tx, &viewer, &leave, entry).await).await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/people/{id}")))
}

/// Changes the facts that HR keeps of a person.
///
/// For admins, and services with `people:write` beside `people:read`. A manager who reports to
/// the person, at any depth, is refused (`reporting_loop`). What the person keeps themselves is
/// changed at `/v1/people/{id}/profile`.
///
/// The status `departed` always takes effect: nothing else of the body is applied, whether it can be read or not, and
/// `ignored` lists the other members with the reasons.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = ChangePersonInput, responses((status = 200, body = ReportedPersonView)))]
#[patch("/v1/people/{id}")]
async fn change_person(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Seen,
    report: Report<ChangePersonInput>,
) -> Result<Beside<PersonView, Besides>, Problem> {
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
    let person = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    may_read(&viewer, &person)?;
    let leave = write::leave(&viewer)?;
    seen.check(&viewer, &person)?;
    let ignored = match report {
        Report::Change(input) => {
            write::change(&app, &mut tx, &viewer, &leave, person, input, "/manager_id").await?;
            Vec::new()
        }
        Report::Departure(departure) => {
            write::depart(&app, &mut tx, &leave, *id).await?;
            departure.ignored
        }
    };
    tx.about(*id);
    tx.commit().await?;
    let shown = read_again(&app, &viewer, *id).await?;
    Ok(Beside { shown, beside: Besides { ignored } })
}

/// Creates or replaces what HR keeps of the person whom it calls `external_id`.
///
/// The person is found by `external_id` first and by e-mail second, and created (201) if there is
/// none. Send the whole entry: what is left out becomes empty, besides `time_zone` and
/// `languages`, which people also set themselves. Sent twice, it changes nothing the second time.
///
/// The status `departed` always takes effect on a person who is there: nothing else of the entry is applied, whether it can
/// be read or not, and `ignored` lists the other members with the reasons. It adds nobody: where the entry names somebody
/// who was erased, or nobody at all, the answer is an `outcome` and nothing changes.
#[utoipa::path(tag = "people", params(("external_id" = inline(Line<100>), Path, description = "What HR calls the person.")),
    request_body = RosterEntry, responses((status = 200, body = RosterAnswer), (status = 201, body = ReportedPersonView)))]
#[put("/v1/roster/{external_id}")]
async fn put_person_by_external_id(
    app: Data<App>,
    viewer: Viewer,
    external_id: Path<Line<100>>,
    seen: Seen,
    report: Report<RosterEntry>,
) -> Result<Either<Beside<PersonView, Besides>, Beside<AbsenceView, Besides>>, Problem> {
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
    let beside = Besides { ignored };
    let id = match upserted {
        Upserted::Created(id) | Upserted::Known(id) => id,
        // What was only looked up is undone, so that no change is on record.
        Upserted::Nobody(outcome) => {
            return Ok(Either::Right(Beside { shown: show(&viewer, Absence { outcome })?, beside }));
        }
    };
    tx.about(id);
    tx.commit().await?;
    let shown = read_again(&app, &viewer, id).await?;
    let shown = match upserted {
        Upserted::Created(_) => shown.created(format!("/v1/people/{id}")),
        _ => shown,
    };
    Ok(Either::Left(Beside { shown, beside }))
}
