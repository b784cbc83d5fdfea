//! Table 1: who sees what.

use serde::Serialize;

use super::relations::Relation::{self, Author, Colleague, Lead, Manager, Party, Service};
use super::viewer::Scope;

/// How far a field may travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// Everybody in the organisation.
    Public,
    /// The pair, the mentee's direct manager and the program's leads.
    ManagerVisible,
    /// The parties of the record: of a pair the two.
    Private,
    /// Who wrote it.
    NeverShared,
}

impl Tier {
    /// Every tier, widest first.
    pub const ALL: [Self; 4] = [Self::Public, Self::ManagerVisible, Self::Private, Self::NeverShared];

    /// As it stands in the document and in seals: never renamed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::ManagerVisible => "manager_visible",
            Self::Private => "private",
            Self::NeverShared => "never_shared",
        }
    }

    /// Which relations see a field of this tier.
    pub const fn audience(self) -> &'static [Relation] {
        match self {
            Self::Public => &[Author, Party, Manager, Lead, Colleague, Service],
            Self::ManagerVisible => &[Author, Party, Manager, Lead, Service],
            Self::Private => &[Author, Party],
            Self::NeverShared => &[Author],
        }
    }

    /// What a service account needs besides reading the record.
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Self::ManagerVisible => Some(Scope::OutcomesRead),
            Self::Public | Self::Private | Self::NeverShared => None,
        }
    }
}
