//! An entry of a person's history.

use chrono::NaiveDate;
use sqlx::FromRow;

use crate::ids::{HistoryEntryId, LadderRoleId, PersonId, TeamId};
use crate::people::person::model::{PersonStanding, PersonStatus};
use crate::policy::acts::ReadHistory;
use crate::policy::{Guarded, ManagerVisible, Related, Relations, Takes, Viewer};
use crate::text::Name;

/// A person's position from a day on.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// Id of the entry.
    pub id: HistoryEntryId,
    /// The person's manager and programs, for the access rules.
    pub standing: PersonStanding,
    /// The position.
    pub position: Guarded<ManagerVisible, Position>,
}

/// A position in the organisation, with the names of team, manager and role.
#[derive(Clone, Debug, FromRow)]
pub struct Position {
    /// First day of the position.
    pub starts_on: NaiveDate,
    /// Employment status.
    pub status: PersonStatus,
    /// Job title.
    pub title: Option<Name>,
    /// Id of the team.
    pub team_id: Option<TeamId>,
    /// Current name of the team.
    pub team_name: Option<Name>,
    /// Id of the direct manager.
    pub manager_id: Option<PersonId>,
    /// Current name of the manager.
    pub manager_name: Option<Name>,
    /// Current title of the manager.
    pub manager_title: Option<Name>,
    /// Id of the career ladder role.
    pub ladder_role_id: Option<LadderRoleId>,
    /// Current name of the role.
    pub ladder_role_name: Option<Name>,
    /// Level of the role at that time.
    pub level: Option<i64>,
}

/// The viewer's relations are those to the person today.
impl Related for HistoryEntry {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}

impl Takes<ReadHistory> for HistoryEntry {}
