//! A department.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::DepartmentId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Related, Relations, Takes, Viewer, readable_as};
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

readable_as!(Department: ReadOrganisation, "departments");

impl Takes<ChangeOrganisation> for Department {}
