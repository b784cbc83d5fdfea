//! What a department is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::ids::DepartmentId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Readable, Related, Relations, Takes, Viewer};
use crate::text::Name;

/// A department.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Department {
    /// Names the department.
    pub id: DepartmentId,
    /// What it is called; no other department is.
    pub name: Name,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
}

/// Part of the organisation: whoever stands to that, stands to this.
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
