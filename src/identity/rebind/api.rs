//! New first sign-ins over HTTP.

use actix_web::web::Data;
use actix_web::{get, post};
use chrono::{DateTime, Utc};
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{IdentityRebind, IdentityRebindStatus};
use super::store;
use crate::audit_log::RecordedReads;
use crate::auth::Authenticator;
use crate::db::Tx;
use crate::http::{App, Done, EmptyBody, IdempotencyKey, Json, Path, Preconditions};
use crate::ids::PersonId;
use crate::outbox::{self, Event};
use crate::people::organisation::Organisation;
use crate::people::person;
use crate::people::person::model::PersonStatus;
use crate::policy::acts::RebindIdentity;
use crate::policy::{Shown, Viewer, permit, show, view};
use crate::problem::{Code, Problem};

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
    IdentityRebindView of rebind: IdentityRebind, clearance {
        /// Id of the person.
        public person_id: PersonId,
        /// Status of the new first sign-in.
        public status: IdentityRebindStatus = rebind.status(),
        /// When an admin opened it.
        public opened_at: DateTime<Utc>,
        /// When the new sign-in may read private and never-shared words without a confirmation, and the old sign-in
        /// ends. `null`: no account has used the new first sign-in yet.
        public opens_at: Option<DateTime<Utc>>,
    }
}

/// Open a new first sign-in for a person
///
/// Only admins may do this. Use it if the person has a new account at the identity provider, or if the period for their
/// first sign-in has ended. The next account that signs in with the person's address (or external id) is bound to the
/// person.
///
/// - The person gets a notice and a mail, also at the old address, and a line in their access log.
/// - The old sign-in stays valid.
/// - The new sign-in cannot read or write private and never-shared words until the person confirms it from the old
///   sign-in, or until `--rebind-wait-days` days have passed. Then the old sign-in ends.
/// - If the person has no old sign-in and no private words, the new sign-in is valid at once.
/// - `person_not_active`: the person has departed.
#[utoipa::path(tag = "identity", params(("id" = PersonId, Path)), request_body = EmptyBody, responses((status = 200, body = IdentityRebindView)))]
#[post("/v1/people/{id}/rebind-identity")]
async fn rebind_identity(
    app: Data<App>,
    auth: Data<Authenticator>,
    viewer: Viewer,
    id: Path<PersonId>,
    seen: Preconditions,
    _: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Shown<IdentityRebindView>, Problem> {
    let opened = app.once(
        &viewer,
        &once,
        async |tx| {
            let person = person::store::find(tx, &viewer, *id).await?.ok_or_else(Problem::not_found)?;
            let leave = permit::<RebindIdentity, _>(&viewer, Organisation)?;
            seen.check(&viewer, &person)?;
            if person.status == PersonStatus::Departed {
                return Err(Problem::new(
                    Code::PersonNotActive,
                    "The person has departed, so no account can sign in as this person.",
                ));
            }
            tx.lock((*id).into()).await?;
            store::open(tx, &leave, *id, viewer.subject.uuid(), app.clock.now()).await?;
            outbox::add(tx, &app.clock, Event::IdentityRebindOpened(*id), None).await?;
            Ok(*id)
        },
        async |tx, id| read(tx, &app, &auth, &viewer, id).await,
    );
    let answer = opened.await?;
    // Adds a line to the access log of the person, because this may let another account read their words.
    let mut reads = RecordedReads::new(&viewer.recorder);
    if reads.may_open() {
        reads.note("lead", ("people", (*id).into(), "identity"), Some(*id));
    }
    drop(reads);
    Ok(answer)
}

/// Read the new first sign-in that was opened for you
///
/// The answer is 404 if there is none. A new sign-in that is not confirmed yet may read this too.
#[utoipa::path(tag = "identity", responses((status = 200, body = IdentityRebindView), (status = 404)))]
#[get("/v1/me/identity-rebind")]
async fn read_identity_rebind(
    app: Data<App>,
    auth: Data<Authenticator>,
    viewer: Viewer,
) -> Result<Shown<IdentityRebindView>, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    let mut tx = app.read_one().await?;
    read(&mut tx, &app, &auth, &viewer, own).await
}

/// Confirm that the new sign-in is yours
///
/// Send this request from your old sign-in. The new sign-in can read everything at once, and the old sign-in ends. The
/// answer is 404 if there is no new first sign-in, and `wrong_state` if it was not used yet.
#[utoipa::path(tag = "identity", request_body = EmptyBody, responses((status = 204, description = "The new sign-in is confirmed."), (status = 404)))]
#[post("/v1/me/identity-rebind/confirm")]
async fn confirm_identity_rebind(
    app: Data<App>,
    auth: Data<Authenticator>,
    viewer: Viewer,
    seen: Preconditions,
    _: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Done, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    app.once(
        &viewer,
        &once,
        async |tx| {
            tx.lock(own.into()).await?;
            let now = app.clock.now();
            let rebind =
                store::find(tx, own, now, auth.first_sign_in().open_for).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &rebind)?;
            let rebind = permit(&viewer, rebind)?;
            rebind.check_waits()?;
            store::confirm(tx, rebind, now).await?;
            Ok(own)
        },
        async |_, _| Ok(Done),
    )
    .await
}

/// Reject a new sign-in as not yours
///
/// Send this request from your old sign-in. The new sign-in is refused for good, and your old sign-in stays valid. If
/// the new first sign-in was not used yet, it is closed. The answer is 404 if there is no new first sign-in.
#[utoipa::path(tag = "identity", request_body = EmptyBody, responses((status = 204, description = "The new sign-in is rejected."), (status = 404)))]
#[post("/v1/me/identity-rebind/reject")]
async fn reject_identity_rebind(
    app: Data<App>,
    auth: Data<Authenticator>,
    viewer: Viewer,
    seen: Preconditions,
    _: Json<EmptyBody>,
    once: IdempotencyKey,
) -> Result<Done, Problem> {
    let own = viewer.person().ok_or_else(Problem::not_found)?;
    app.once(
        &viewer,
        &once,
        async |tx| {
            tx.lock(own.into()).await?;
            let now = app.clock.now();
            let rebind =
                store::find(tx, own, now, auth.first_sign_in().open_for).await?.ok_or_else(Problem::not_found)?;
            seen.check(&viewer, &rebind)?;
            store::reject(tx, permit(&viewer, rebind)?, now).await?;
            Ok(own)
        },
        async |_, _| Ok(Done),
    )
    .await
}

async fn read(
    tx: &mut Tx,
    app: &App,
    auth: &Authenticator,
    viewer: &Viewer,
    person: PersonId,
) -> Result<Shown<IdentityRebindView>, Problem> {
    let open_for = auth.first_sign_in().open_for;
    let found = store::find(tx, person, app.clock.now(), open_for).await?;
    show(viewer, found.ok_or_else(Problem::not_found)?)
}
