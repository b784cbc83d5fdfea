//! Erasures over HTTP.

use actix_web::post;
use actix_web::web::Data;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::Erasure;
use super::store;
use crate::db::Asker;
use crate::http::{App, Json, Once, Path, Seen};
use crate::ids::PersonId;
use crate::notify::mail::{Mail, files};
use crate::people::organisation::Organisation;
use crate::people::person;
use crate::people::person::api::{PersonView, read_again};
use crate::policy::acts::ErasePerson;
use crate::policy::{Shown, Viewer, permit};
use crate::problem::Problem;
use crate::text::Line;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(erase_person);
}

/// Whether the admin means this person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"confirm": "ada@example.com"})))]
pub struct ErasePersonInput {
    /// The person's e-mail address or external id: needed unless they have departed.
    confirm: Option<Line<254>>,
}

/// Erases a person for good.
///
/// For admins, on the person's behalf. Their keys are destroyed, and with them all private words
/// they ever wrote, in old backups of the database, too. What they wrote goes; so do their goals'
/// words, their profile, skills, needs, blocks, suggestions, disclosures and groups; name, e-mail address and
/// external id are replaced, and files of mails to them and about their pairs are deleted. Live pairs end
/// (`person_left`), and they cannot sign in any more. Pairs, sessions, progress and their steps in the
/// organisation stay to be counted, under the name "Erased person"; the words of their partners stay as
/// they are. Nothing brings it back: a roster entry that still lists them as `departed` adds nobody. Done
/// twice, it changes nothing the second time.
#[utoipa::path(tag = "privacy", params(("id" = PersonId, Path)), request_body = ErasePersonInput, responses((status = 200, body = PersonView)))]
#[post("/v1/people/{id}/erase")]
async fn erase_person(
    app: Data<App>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Seen,
    mail: Option<Data<Mail>>,
    input: Json<ErasePersonInput>,
    once: Once,
) -> Result<Shown<PersonView>, Problem> {
    let erased = app.once(&viewer, &once, async |tx| {
        let person = person::store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
        let leave = permit::<ErasePerson, _>(&viewer, Organisation)?;
        seen.check(&viewer, &person)?;
        if person.erased_at.is_some() {
            return Ok(*id);
        }
        let confirm = input.confirm.as_ref().map(Line::as_str);
        let erasure = Erasure::of(&leave, &person, confirm, app.clock.now())?;
        // First: should the rest fail, they are unreadable, and gone with the next try or start.
        app.destroy_keys(*id, &person.names(), erasure.at()).await?;
        store::apply(tx, &app.clock, &erasure).await?;
        Ok(*id)
    });
    // What the partner may not see goes, too.
    Asker::Service.scope(erased).await?;
    if let Some(mail) = &mail {
        files::forget_person(&app, mail, *id).await?;
    }
    read_again(&app, &viewer, *id).await
}
