//! What the service knows of the viewer as such.

use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::ProgramId;
use crate::policy::acts::ReadViewer;
use crate::policy::{Guarded, Private, Related, Relation, Relations, Scope, Subject, Takes, Viewer};
use crate::text::Name;

/// What a token lets a person be, besides themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Leads everything.
    Admin,
    /// Leads the programs they coordinate.
    Coordinator,
}

/// A program that somebody coordinates.
#[derive(Clone, Debug, Serialize, FromRow, ToSchema)]
pub struct CoordinatedProgram {
    /// Names the program.
    pub id: ProgramId,
    /// What it is called.
    pub name: Name,
}

/// A viewer, with the names that go with them.
#[derive(Clone, Debug)]
pub struct Me {
    /// Person or service.
    pub subject: Subject,
    /// What they are called.
    pub name: Name,
    /// A person's job title.
    pub title: Option<Name>,
    /// What their token lets them be.
    pub roles: Guarded<Private, Vec<Role>>,
    /// What a service may at most do.
    pub scopes: Guarded<Private, Vec<Scope>>,
    /// What they coordinate, if their token says that they do.
    pub programs: Guarded<Private, Vec<CoordinatedProgram>>,
}

impl Me {
    /// The viewer as this request knows them.
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

/// Everybody is the author of themselves, services too.
impl Related for Me {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.subject.uuid() == self.subject.uuid())
    }
}

impl Takes<ReadViewer> for Me {}
