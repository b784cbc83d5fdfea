//! HTTP handler that erases a person.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Erasure;
use super::store;
use crate::db::OnBehalfOf;
use crate::http::{App, IdempotencyKey, Json, Path, Preconditions};
use crate::ids::PersonId;
use crate::notify::mail::{Mail, files};
use crate::people::organisation::Organisation;
use crate::people::person;
use crate::people::person::api::{PersonView, read};
use crate::policy::acts::ErasePerson;
use crate::policy::{Shown, Viewer, permit};
use crate::problem::Problem;
use crate::text::Line;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(erase_person);
}

/// Confirmation of an erasure.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"confirm": "ada@example.com"})))]
pub struct ErasePersonInput {
    /// E-mail address or external id of the person. Required unless the person has departed.
    confirm: Option<Line<254>>,
}

/// Erase a person for good
///
/// Only admins may do this, on behalf of the person. It cannot be undone.
/// - The encryption keys of the person are destroyed. Private texts that they wrote can never be decrypted again, not
///   even from old backups of the database.
/// - Their texts, profile, skills, needs, blocks, suggestions, disclosures and groups are deleted, and so are the texts
///   of their goals.
/// - Name, e-mail address and external id are replaced. The name becomes "Erased person".
/// - Mails to them and about their pairs that the service stored as files are deleted.
/// - Their live pairs end with the reason `person_left`, and they cannot sign in any more.
/// - Pairs, sessions, progress and their history in the organisation stay for statistics. Texts of their partners stay.
///
/// If a later HR import (`PUT /v1/roster/{external_id}`) still has the person as `departed`, it creates no new person.
/// A second erasure changes nothing. If the person has not departed, send `confirm`; without it the problem is
/// `wrong_state`.
#[utoipa::path(tag = "privacy", params(("id" = PersonId, Path)), request_body = ErasePersonInput, responses((status = 200, body = PersonView)))]
#[post("/v1/people/{id}/erase")]
async fn erase_person(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Preconditions,
    mail: Option<Data<Mail>>,
    input: Json<ErasePersonInput>,
    once: IdempotencyKey,
) -> Result<Shown<PersonView>, Problem> {
    let erased = app.once(
        &viewer,
        &once,
        async |tx| {
            let person = person::store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
            let permitted = permit::<ErasePerson, _>(&viewer, Organisation)?;
            seen.check(&viewer, &person)?;
            if person.erased_at.is_some() {
                return Ok(*id);
            }
            let confirm = input.confirm.as_ref().map(Line::as_str);
            let erasure = Erasure::of(&permitted, &person, confirm, app.clock.now())?;
            // Keys first: if the rest fails, the texts are unreadable, and the next try or start deletes them.
            app.destroy_keys(*id, &person.names(), erasure.at()).await?;
            store::apply(tx, &app.clock, &erasure).await?;
            Ok(*id)
        },
        async |tx, id| read(tx, &viewer, id).await,
    );
    // As the service: rows that the viewer cannot see are deleted too.
    let answer = OnBehalfOf::Service.scope(erased).await?;
    if let Some(mail) = &mail {
        files::forget_person(&app, mail, *id).await?;
    }
    Ok(answer)
}
