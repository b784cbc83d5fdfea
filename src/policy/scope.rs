//! The scopes of service accounts.

values! {
    /// What a service account may do at most.
    #[derive(PartialOrd, Ord)]
    @may_grow pub enum Scope {
        /// Read people, teams, departments, skills and career ladders.
        #[serde(rename = "people:read")]
        PeopleRead,
        /// Create and change people, teams, departments, skills and career ladders.
        #[serde(rename = "people:write")]
        PeopleWrite,
        /// Read programs.
        #[serde(rename = "programs:read")]
        ProgramsRead,
        /// Read the public fields of pairs and goals.
        #[serde(rename = "pairs:read")]
        PairsRead,
        /// Read the fields that managers see: outcomes, and which sessions took place.
        #[serde(rename = "outcomes:read")]
        OutcomesRead,
    }
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] =
        [Self::PeopleRead, Self::PeopleWrite, Self::ProgramsRead, Self::PairsRead, Self::OutcomesRead];

    /// The name in a token.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PeopleRead => "people:read",
            Self::PeopleWrite => "people:write",
            Self::ProgramsRead => "programs:read",
            Self::PairsRead => "pairs:read",
            Self::OutcomesRead => "outcomes:read",
        }
    }

    /// The scope with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}
