//! How a viewer stands to a record.

use serde::Serialize;
use utoipa::ToSchema;

use super::viewer::Viewer;

/// One way of standing to a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Relation {
    /// Wrote it; a person is the author of their own record.
    Author,
    /// Is mentor or mentee of the pair.
    Party,
    /// Is the mentee's direct manager today.
    Manager,
    /// Coordinates the pair's program, or is an admin.
    Lead,
    /// Is any other active person.
    Colleague,
    /// Is a service account.
    Service,
}

impl Relation {
    /// Every relation, closest first.
    pub const ALL: [Self; 6] = [Self::Author, Self::Party, Self::Manager, Self::Lead, Self::Colleague, Self::Service];

    /// As it stands in the audit log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Author => "author",
            Self::Party => "party",
            Self::Manager => "manager",
            Self::Lead => "lead",
            Self::Colleague => "colleague",
            Self::Service => "service",
        }
    }
}

/// All the ways in which one viewer stands to one record: a mentor may also be its lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relations(u8);

impl Relations {
    /// Just this one.
    pub const fn only(relation: Relation) -> Self {
        Self(1 << relation as u8)
    }

    /// Adds `relation` where `holds`.
    #[must_use]
    pub const fn and(self, relation: Relation, holds: bool) -> Self {
        if holds { Self(self.0 | 1 << relation as u8) } else { self }
    }

    /// Those that are also among `others`.
    #[must_use]
    pub const fn shared_with(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether it is among them.
    pub const fn has(self, relation: Relation) -> bool {
        self.0 & (1 << relation as u8) != 0
    }

    /// Whether any of `relations` is among them.
    pub fn any(self, relations: &[Relation]) -> bool {
        relations.iter().any(|relation| self.has(*relation))
    }
}

/// Table 3, one function a record: who is who.
pub trait Related {
    /// How `viewer` stands to this record; starts from [`Viewer::relations`].
    fn relations(&self, viewer: &Viewer) -> Relations;
}
