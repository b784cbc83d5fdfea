//! The roster over HTTP.

use actix_web::web::Data;
use actix_web::{patch, post, put};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{ChangePersonInput, RosterEntry};
use super::write::{self, Upserted};
use crate::http::{App, Json, Once, Path, Seen};
use crate::ids::PersonId;
use crate::people::person::api::{PersonView, read_again};
use crate::people::person::store;
use crate::policy::{Shown, Viewer, may_read};
use crate::problem::Problem;
use crate::text::Line;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(put_person_by_external_id).service(create_person).service(change_person);
}

/// Adds a person.
///
/// For admins, and services with `people:write` beside `people:read`. The person's own part, from
/// the bio to the skills, is empty until they fill it in themselves.
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
    let id = app.once(&viewer, &once, async |tx| write::create(&app, tx, &leave, entry).await).await?;
    Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/people/{id}")))
}

/// Changes the facts that HR keeps of a person.
///
/// For admins, and services with `people:write` beside `people:read`. A manager who reports to
/// the person, at any depth, is refused (`reporting_loop`). What the person keeps themselves is
/// changed at `/v1/people/{id}/profile`.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = ChangePersonInput, responses((status = 200, body = PersonView)))]
#[patch("/v1/people/{id}")]
async fn change_person(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Seen,
    input: Json<ChangePersonInput>,
) -> Result<Shown<PersonView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    tx.hold((*id).into()).await?;
    let person = store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    may_read(&viewer, &person)?;
    let leave = write::leave(&viewer)?;
    seen.check(&viewer, &person)?;
    write::change(&app, &mut tx, &leave, person, input.into_inner(), "/manager_id").await?;
    tx.about(*id);
    tx.commit().await?;
    read_again(&app, &viewer, *id).await
}

/// Creates or replaces what HR keeps of the person whom it calls `external_id`.
///
/// The person is found by `external_id` first and by e-mail second, and created (201) if there is
/// none. Send the whole entry: what is left out becomes empty, besides `time_zone` and
/// `languages`, which people also set themselves. Sent twice, it changes nothing the second time.
#[utoipa::path(tag = "people", params(("external_id" = inline(Line<100>), Path, description = "What HR calls the person.")),
    request_body = RosterEntry, responses((status = 200, body = PersonView), (status = 201, body = PersonView)))]
#[put("/v1/roster/{external_id}")]
async fn put_person_by_external_id(
    app: Data<App>,
    viewer: Viewer,
    external_id: Path<Line<100>>,
    seen: Seen,
    input: Json<RosterEntry>,
) -> Result<Shown<PersonView>, Problem> {
    let mut tx = app.write(&viewer).await?;
    let upserted = write::upsert(&app, &mut tx, &viewer, &seen, (*external_id).clone(), input.into_inner()).await?;
    let (Upserted::Created(id) | Upserted::Known(id)) = upserted;
    tx.about(id);
    tx.commit().await?;
    match upserted {
        Upserted::Created(id) => Ok(read_again(&app, &viewer, id).await?.created(format!("/v1/people/{id}"))),
        Upserted::Known(id) => read_again(&app, &viewer, id).await,
    }
}
