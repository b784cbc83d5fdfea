//! What the service knows about the viewer.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::ProgramId;
use crate::policy::acts::ReadViewer;
use crate::policy::{Guarded, Private, Related, Relation, Relations, Scope, Subject, Takes, Viewer};
use crate::text::Name;

values! {
    /// Role that a token gives to a person. More than one is possible.
    pub enum Role {
        /// Leads the organisation: all people, programs and pairs.
        Admin,
        /// Leads the programs that the person coordinates, and their pairs.
        Coordinator,
    }
}

/// A program that the viewer coordinates.
#[derive(Clone, Debug, Serialize, FromRow, ToSchema)]
pub struct CoordinatedProgram {
    /// Id of the program.
    pub id: ProgramId,
    /// Name of the program.
    pub name: Name,
}

/// A viewer with the names that belong to it.
#[derive(Clone, Debug)]
pub struct Me {
    /// The person or the service account.
    pub subject: Subject,
    /// Name of the viewer.
    pub name: Name,
    /// Job title, for people.
    pub title: Option<Name>,
    /// Roles of the token.
    pub roles: Guarded<Private, Vec<Role>>,
    /// Scopes of a service account.
    pub scopes: Guarded<Private, Vec<Scope>>,
    /// Programs that the viewer coordinates, if the token has the role.
    pub programs: Guarded<Private, Vec<CoordinatedProgram>>,
}

impl Me {
    /// The viewer of this request.
    pub fn new(viewer: &Viewer, name: Name, title: Option<Name>, programs: Vec<CoordinatedProgram>) -> Self {
        let admin = viewer.is_admin.then_some(Role::Admin);
        let coordinator = (!viewer.programs.is_empty()).then_some(Role::Coordinator);
        let scopes = match &viewer.subject {
            Subject::Person(_) => Vec::new(),
            Subject::Service(_, scopes) => scopes.clone(),
        };
        Self {
            subject: viewer.subject.clone(),
            name,
            title,
            roles: Guarded::new(admin.into_iter().chain(coordinator).collect()),
            scopes: Guarded::new(scopes),
            programs: Guarded::new(programs),
        }
    }
}

/// Each viewer is the author of their own record, service accounts too.
impl Related for Me {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.subject.uuid() == self.subject.uuid())
    }
}

impl Takes<ReadViewer> for Me {}
