//! Who the viewer is, over HTTP.

use actix_web::get;
use actix_web::web::Data;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_actix_web::service_config::ServiceConfig;
use uuid::Uuid;

use super::model::{CoordinatedProgram, Me, Role};
use super::store;
use crate::http::App;
use crate::ids::ServiceAccountId;
use crate::people::person::api::PersonRef;
use crate::policy::acts::ReadViewer;
use crate::policy::{Clearance, Readable, Scope, Shown, Subject, Viewed, Viewer, show, view};
use crate::problem::Problem;
use crate::text::Name;

/// Adds these routes.
pub fn routes(config: &mut ServiceConfig) {
    config.service(read_me);
}

/// A service account as it appears inside other records.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ServiceAccountRef {
    /// Names the account.
    pub id: ServiceAccountId,
    /// What it is called.
    pub name: Name,
}

view! {
    /// Who you are to this service.
    MeView {
        /// You, if you are a person.
        public person: Option<PersonRef>,
        /// You, if you are another system.
        public service_account: Option<ServiceAccountRef>,
        /// What your token lets you be: `admin`, `coordinator` (of at least one program).
        private roles: Vec<Role>,
        /// What another system may do: what it asked for within what it was granted.
        private scopes: Vec<Scope>,
        /// The programs you coordinate, if your token has the role.
        private programs: Vec<CoordinatedProgram>,
    }
}

impl Readable for Me {
    type Read = ReadViewer;
    const KIND: &'static str = "me";

    fn id(&self) -> Uuid {
        self.subject.uuid()
    }
}

impl Viewed for Me {
    type View = MeView;

    fn view(self, clearance: &Clearance) -> MeView {
        let (person, service_account) = match self.subject {
            Subject::Person(id) => (Some(PersonRef { id, name: self.name, title: self.title }), None),
            Subject::Service(id, _) => (None, Some(ServiceAccountRef { id, name: self.name })),
        };
        MeView {
            person,
            service_account,
            roles: clearance.open(self.roles),
            scopes: clearance.open(self.scopes),
            programs: clearance.open(self.programs),
            withheld: clearance.withheld::<MeView>(),
        }
    }
}

/// Reads who you are to this service.
///
/// Use it after sign-in, to learn your own id and what to offer on the screen.
#[utoipa::path(tag = "viewer", responses((status = 200, body = MeView)))]
#[get("/v1/me")]
async fn read_me(app: Data<App>, viewer: Viewer) -> Result<Shown<MeView>, Problem> {
    let mut tx = app.read().await?;
    show(&viewer, store::find(&mut tx, &viewer).await?.ok_or_else(Problem::not_found)?)
}
