//! Changing a profile over HTTP.

use actix_web::patch;
use actix_web::web::Data;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::ChangeProfileInput;
use super::store;
use crate::http::{App, Json, Path, Preconditions};
use crate::ids::PersonId;
use crate::outbox::{self, Event};
use crate::people::person;
use crate::people::person::api::{PersonView, read};
use crate::policy::acts::ChangeProfile;
use crate::policy::{Shown, Viewer, permit, show};
use crate::problem::Problem;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(change_profile);
}

/// Change your profile
///
/// Only the person may do this. The description of each field says who can read it. `updated_at` changes only when a
/// public field changes.
#[utoipa::path(tag = "people", params(("id" = PersonId, Path)), request_body = ChangeProfileInput, responses((status = 200, body = PersonView)))]
#[patch("/v1/people/{id}/profile")]
async fn change_profile(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Preconditions,
    input: Json<ChangeProfileInput>,
) -> Result<Shown<PersonView>, Problem> {
    let input = input.into_inner();
    let mut tx = app.write(&viewer).await?;
    let before = person::store::find(&mut tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
    let permitted = permit::<ChangeProfile, _>(&viewer, before.clone())?;
    seen.check(&viewer, &before)?;
    if input.is_empty() {
        return show(&viewer, before);
    }
    let person = permitted.change(|person| {
        person.apply_profile(input)?;
        if !person.has_same_profile(&before) {
            person.updated_at = app.clock.now();
        }
        Ok(())
    })?;
    store::save(&mut tx, &person).await?;
    if !person.has_same_profile(&before) {
        outbox::add(&mut tx, &app.clock, Event::PersonChanged(*id), None).await?;
    }
    let answer = read(&mut tx, &viewer, *id).await?;
    tx.commit().await?;
    Ok(answer)
}
