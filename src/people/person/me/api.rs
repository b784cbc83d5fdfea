//! The viewer over HTTP.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;

use super::model::{CoordinatedProgram, Me, Role};
use super::store;
use crate::http::App;
use crate::ids::ServiceAccountId;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadViewer;
use crate::policy::{Scope, Shown, Subject, Viewer, readable_as, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_me);
}

/// A service account as it appears in other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ServiceAccountRef {
    /// Id of the service account.
    pub id: ServiceAccountId,
    /// Name of the service account.
    pub name: Name,
}

view! {
    /// The viewer: the person or the service account that sends the request.
    MeView of me: Me, clearance {
        let (person, service_account) = match me.subject {
            Subject::Person(id) => (Some(PersonRef::new(id, me.name, me.title)), None),
            Subject::Service(id, _) => (None, Some(ServiceAccountRef { id, name: me.name })),
        };
        /// The person. `null`: the viewer is a service account.
        public person: Option<PersonRef> = person,
        /// The service account. `null`: the viewer is a person.
        public service_account: Option<ServiceAccountRef> = service_account,
        /// Roles of your token that take effect. `coordinator` takes effect only if you coordinate a program. Empty:
        /// none.
        private roles: Vec<Role>,
        /// Scopes of the service account's token that the account still has. Empty for people.
        private scopes: Vec<Scope>,
        /// Programs that you coordinate. Empty: none, or your token does not have the role `coordinator`.
        private programs: Vec<CoordinatedProgram>,
    }
}

readable_as!(Me: ReadViewer, "me", id subject);

/// Read the viewer
///
/// Use it after sign-in, to learn your own id and to decide which functions to show.
#[utoipa::path(tag = "viewer", responses((status = 200, body = MeView)))]
#[get("/v1/me")]
async fn read_me(app: Data<App>, viewer: Viewer) -> Result<Shown<MeView>, Problem> {
    let mut tx = app.read().await?;
    show(&viewer, store::find(&mut tx, &viewer).await?.ok_or_else(Problem::not_found)?)
}
