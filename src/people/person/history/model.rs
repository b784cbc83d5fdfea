//! What an entry of a person's history is.

use chrono::NaiveDate;
use sqlx::FromRow;

use crate::ids::{HistoryEntryId, LadderRoleId, PersonId, TeamId};
use crate::people::person::model::{PersonStanding, PersonStatus};
use crate::policy::acts::ReadHistory;
use crate::policy::{Guarded, ManagerVisible, Related, Relations, Takes, Viewer};
use crate::text::Name;

/// Where somebody stood from a day on.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// Names the entry.
    pub id: HistoryEntryId,
    /// Whose it is.
    pub standing: PersonStanding,
    /// Where they stood.
    pub station: Guarded<ManagerVisible, Station>,
}

/// A place in the organisation, with the names that go with it.
#[derive(Clone, Debug, FromRow)]
pub struct Station {
    /// The first day of it.
    pub starts_on: NaiveDate,
    /// Whether they worked here.
    pub status: PersonStatus,
    /// Job title.
    pub title: Option<Name>,
    /// Their team.
    pub team_id: Option<TeamId>,
    /// Its name today.
    pub team_name: Option<Name>,
    /// Their direct manager.
    pub manager_id: Option<PersonId>,
    /// The manager's name today.
    pub manager_name: Option<Name>,
    /// The manager's title today.
    pub manager_title: Option<Name>,
    /// Their step on a career ladder.
    pub ladder_role_id: Option<LadderRoleId>,
    /// Its name today.
    pub ladder_role_name: Option<Name>,
    /// Its level then.
    pub level: Option<i64>,
}

/// Stands to the viewer as the person does today.
impl Related for HistoryEntry {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer)
    }
}

impl Takes<ReadHistory> for HistoryEntry {}
