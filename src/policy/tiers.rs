//! Table 1: which relations see which tier.

use serde::Serialize;

use super::relations::Relation::{self, Author, Colleague, Lead, Manager, Party, Service};
use super::scope::Scope;

/// The confidentiality tier of a field: who may see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// All people of the organisation.
    Public,
    /// The pair, the mentee's direct manager and the leads of the program.
    ManagerVisible,
    /// The parties of the record, such as the two people of a pair.
    Private,
    /// Only the author.
    NeverShared,
}

impl Tier {
    /// Every tier, widest first.
    pub const ALL: [Self; 4] = [Self::Public, Self::ManagerVisible, Self::Private, Self::NeverShared];

    /// The name in the OpenAPI document and in sealed texts. It is never renamed.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Public => "public",
            Self::ManagerVisible => "manager_visible",
            Self::Private => "private",
            Self::NeverShared => "never_shared",
        }
    }

    /// The relations that see a field of this tier.
    pub const fn audience(self) -> &'static [Relation] {
        match self {
            Self::Public => &[Author, Party, Manager, Lead, Colleague, Service],
            Self::ManagerVisible => &[Author, Party, Manager, Lead, Service],
            Self::Private => &[Author, Party],
            Self::NeverShared => &[Author],
        }
    }

    /// The scope that a service account needs besides the one for reading the record.
    pub const fn scope(self) -> Option<Scope> {
        match self {
            Self::ManagerVisible => Some(Scope::OutcomesRead),
            Self::Public | Self::Private | Self::NeverShared => None,
        }
    }
}
