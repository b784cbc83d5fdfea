//! The relations that a viewer can have to a record.

values! {
    /// A relation of a viewer to a record.
    pub enum Relation {
        /// The viewer wrote the record. A person is also the author of their own profile.
        Author,
        /// The viewer belongs to the record, such as the mentor or the mentee of a pair.
        Party,
        /// The viewer is the current direct manager of the mentee.
        Manager,
        /// The viewer coordinates the program of the record, or is an admin.
        Lead,
        /// The viewer is an active person with no closer relation.
        Colleague,
        /// The viewer is a service account.
        Service,
    }
}

impl Relation {
    /// All relations, the closest one first.
    pub const ALL: [Self; 6] = [Self::Author, Self::Party, Self::Manager, Self::Lead, Self::Colleague, Self::Service];

    /// The name in the audit log.
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

/// All relations of one viewer to one record. A mentor may also be its lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Relations(u8);

impl Relations {
    /// Only this relation.
    pub const fn only(relation: Relation) -> Self {
        Self(1 << relation as u8)
    }

    /// Adds `relation` if `holds`.
    #[must_use]
    pub const fn and(self, relation: Relation, holds: bool) -> Self {
        if holds { Self(self.0 | 1 << relation as u8) } else { self }
    }

    /// The relations that are also in `others`.
    #[must_use]
    pub const fn shared_with(self, others: Self) -> Self {
        Self(self.0 & others.0)
    }

    /// Whether this relation is included.
    pub const fn has(self, relation: Relation) -> bool {
        self.0 & (1 << relation as u8) != 0
    }

    /// Whether any of `relations` is included.
    pub fn any(self, relations: &[Relation]) -> bool {
        relations.iter().any(|relation| self.has(*relation))
    }
}
