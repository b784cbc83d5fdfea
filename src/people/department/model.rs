//! A department.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::ids::DepartmentId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Readable, Related, Relations, Takes, Viewer};
use crate::text::Name;

/// A group of teams.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Department {
    /// Id of the department.
    pub id: DepartmentId,
    /// Unique name. Upper and lower case count as the same.
    pub name: Name,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
}

/// The relations are those to the organisation.
impl Related for Department {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

impl Readable for Department {
    type Read = ReadOrganisation;
    const KIND: &'static str = "departments";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ChangeOrganisation> for Department {}
