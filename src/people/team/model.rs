//! A team.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{DepartmentId, PersonId, TeamId};
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Related, Relations, Takes, Viewer, readable_as};
use crate::text::Name;

/// A team with the names of its department and its lead.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Team {
    /// Id of the team.
    pub id: TeamId,
    /// Unique name. Upper and lower case count as the same.
    pub name: Name,
    /// Id of the department.
    pub department_id: Option<DepartmentId>,
    /// Name of the department.
    pub department_name: Option<Name>,
    /// Id of the lead.
    pub lead_id: Option<PersonId>,
    /// Name of the lead.
    pub lead_name: Option<Name>,
    /// Job title of the lead.
    pub lead_title: Option<Name>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
}

/// The relations are those to the organisation. A team lead has no rights over the records of the members; only their
/// manager has.
impl Related for Team {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

readable_as!(Team: ReadOrganisation, "teams");

impl Takes<ChangeOrganisation> for Team {}
