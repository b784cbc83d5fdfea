//! New first sign-ins over HTTP.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{IdentityRebind, IdentityRebindStatus};
use super::store;
use crate::auth::Gate;
use crate::http::{App, Done, Json, Nothing, Once, Path, Seen};
use crate::ids::PersonId;
use crate::outbox::{self, Event};
use crate::people::organisation::Organisation;
use crate::people::person;
use crate::people::person::model::PersonStatus;
use crate::policy::acts::RebindIdentity;
use crate::policy::{Clearance, Shown, Viewed, Viewer, permit, show, view};
use crate::problem::{Code, Problem};
use crate::trail::Looks;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(rebind_identity)
        .service(read_identity_rebind)
        .service(confirm_identity_rebind)
        .service(reject_identity_rebind);
}

view! {
    /// A new first sign-in of a person through the identity provider.
    IdentityRebindView {
        /// Id of the person.
        public person_id: PersonId,
        /// How far it has come.
        public status: IdentityRebindStatus,
        /// When it was opened.
        public opened_at: DateTime<Utc>,
        /// When the new sign-in opens private and never-shared words without the person's yes, and the old one ends;
        /// `null` while nobody has signed in anew.
        public opens_at: Option<DateTime<Utc>>,
    }
}

impl Viewed for IdentityRebind {
    type View = IdentityRebindView;

    fn view(self, clearance: &Clearance) -> IdentityRebindView {
        IdentityRebindView {
            person_id: self.person_id,
            status: self.status(),
            opened_at: self.opened_at,
            opens_at: self.opens_at,
            withheld: clearance.withheld::<IdentityRebindView>(),
        }
    }
}

/// Open a new first sign-in for a person
///
/// For admins: the person has another account at the identity provider now, or the time for the first sign-in is over. The
/// next sign-in of an account that has the person's address (or external id) is tied to them.
///
/// - The person gets a notice and a mail, at the old address too, and a line in their access log.
/// - The old sign-in stays good.
/// - Until the person confirms from the old sign-in, or `--rebind-wait-days` have passed, the new one reads and writes
///   nothing private or never shared. Then the old one ends.
/// - A person without an old sign-in and without anything private is tied at once.
#[utoipa::path(tag = "identity", params(("id" = PersonId, Path)), request_body = Nothing, responses((status = 200, body = IdentityRebindView)))]
#[post("/v1/people/{id}/rebind-identity")]
async fn rebind_identity(
    app: Data<App>,
    gate: Data<Gate>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Seen,
    _: Json<Nothing>,
    once: Once,
) -> Result<Shown<IdentityRebindView>, Problem> {
    app.once(&viewer, &once, async |tx| {
        let person = person::store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
        let leave = permit::<RebindIdentity, _>(&viewer, Organisation)?;
        seen.check(&viewer, &person)?;
        if person.status == PersonStatus::Departed {
            return Err(Problem::new(Code::PersonNotActive, "The person has left. Nobody signs in as them."));
        }
        tx.hold((*id).into()).await?;
        store::open(tx, &leave, *id, viewer.subject.uuid(), app.clock.now()).await?;
        outbox::add(tx, &app.clock, Event::IdentityRebindOpened(*id), None).await?;
        Ok(*id)
    })
    .await?;
    // A line in the access log of the person: this may end in somebody reading their words.
    let mut looks = Looks::new(&viewer.witness);
    if looks.may_open() {
        looks.note("lead", ("people", (*id).into(), "identity"), Some(*id));
    }
    drop(looks);
    read_again(&app, &gate, &viewer, *id).await
}

/// Read the new first sign-in that was opened for you
///
/// Answers 404 if there is none. A sign-in that is not confirmed yet can read this as well.
#[utoipa::path(tag = "identity", responses((status = 200, body = IdentityRebindView), (status = 404)))]
#[get("/v1/me/identity-rebind")]
async fn read_identity_rebind(
    app: Data<App>,
    gate: Data<Gate>,
    viewer: Viewer,
) -> Result<Shown<IdentityRebindView>, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    read_again(&app, &gate, &viewer, own).await
}

/// Confirm that the new sign-in is yours
///
/// From your old sign-in. The new one opens everything at once, and the old one ends with this answer.
#[utoipa::path(tag = "identity", request_body = Nothing, responses((status = 204, description = "The new sign-in is yours."), (status = 404)))]
#[post("/v1/me/identity-rebind/confirm")]
async fn confirm_identity_rebind(
    app: Data<App>,
    gate: Data<Gate>,
    viewer: Viewer,
    seen: Seen,
    _: Json<Nothing>,
    once: Once,
) -> Result<Done, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    app.once(&viewer, &once, async |tx| {
        tx.hold(own.into()).await?;
        let now = app.clock.now();
        let rebind = store::find(tx, own, now, gate.first_sign_in().open_for).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &rebind)?;
        let rebind = permit(&viewer, rebind)?;
        rebind.check_waits()?;
        store::confirm(tx, rebind, now).await?;
        Ok(own)
    })
    .await?;
    Ok(Done)
}

/// Reject a new sign-in as not yours
///
/// From your old sign-in. The new one is refused for good, and yours stays good. Before anybody used the new first sign-in
/// it is closed again.
#[utoipa::path(tag = "identity", request_body = Nothing, responses((status = 204, description = "The new sign-in is refused."), (status = 404)))]
#[post("/v1/me/identity-rebind/reject")]
async fn reject_identity_rebind(
    app: Data<App>,
    gate: Data<Gate>,
    viewer: Viewer,
    seen: Seen,
    _: Json<Nothing>,
    once: Once,
) -> Result<Done, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    app.once(&viewer, &once, async |tx| {
        tx.hold(own.into()).await?;
        let now = app.clock.now();
        let rebind = store::find(tx, own, now, gate.first_sign_in().open_for).await?.ok_or_else(Problem::not_found)?;
        seen.check(&viewer, &rebind)?;
        store::reject(tx, permit(&viewer, rebind)?, now).await?;
        Ok(own)
    })
    .await?;
    Ok(Done)
}

async fn read_again(
    app: &App,
    gate: &Gate,
    viewer: &Viewer,
    person: PersonId,
) -> Result<Shown<IdentityRebindView>, Problem> {
    let open_for = gate.first_sign_in().open_for;
    let found = store::find(&mut app.look().await?, person, app.clock.now(), open_for).await?;
    show(viewer, found.ok_or_else(Problem::not_found)?)
}
