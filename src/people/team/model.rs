//! What a team is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::ids::{DepartmentId, PersonId, TeamId};
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Readable, Related, Relations, Takes, Viewer};
use crate::text::Name;

/// A team with the names that go with it.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Team {
    /// Names the team.
    pub id: TeamId,
    /// What it is called; no other team is.
    pub name: Name,
    /// The department it belongs to.
    pub department_id: Option<DepartmentId>,
    /// Its name.
    pub department_name: Option<Name>,
    /// Who leads it.
    pub lead_id: Option<PersonId>,
    /// The lead's name.
    pub lead_name: Option<Name>,
    /// The lead's title.
    pub lead_title: Option<Name>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
}

/// Part of the organisation: whoever stands to that, stands to this. Leading a team gives no
/// rights over anybody's record; being somebody's manager does.
impl Related for Team {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

impl Readable for Team {
    type Read = ReadOrganisation;
    const KIND: &'static str = "teams";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ChangeOrganisation> for Team {}
