//! Who is asking.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::relations::{Relation, Relations};
use super::tiers::Tier;
use crate::ids::{PersonId, ProgramId, ServiceAccountId};
use crate::trail::{Actor, ActorKind, Trail, Witness};

/// Who is asking, as of this request: an active person or an enabled service account.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// Person or service.
    pub subject: Subject,
    /// Leads everything. From the token.
    pub is_admin: bool,
    /// The programs they coordinate; empty without the role `coordinator`.
    pub programs: Vec<ProgramId>,
    /// The highest tier that opens, however they stand to a record: a sign-in that nobody confirmed yet opens less. Under
    /// one they read and do nothing as author or party, besides what [`Act::UNDER_CEILING`](super::Act) names. `None`: no
    /// limit.
    pub ceiling: Option<Tier>,
    /// Sees what they look at and do in this request.
    pub witness: Witness,
}

/// The two kinds of viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A person who works here.
    Person(PersonId),
    /// Another system, within its scopes.
    Service(ServiceAccountId, Vec<Scope>),
}

/// What a service account may at most do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub enum Scope {
    /// Read people, teams, departments, skills and career ladders.
    #[serde(rename = "people:read")]
    PeopleRead,
    /// Create and change them.
    #[serde(rename = "people:write")]
    PeopleWrite,
    /// Read programs.
    #[serde(rename = "programs:read")]
    ProgramsRead,
    /// Read the public part of pairs and goals.
    #[serde(rename = "pairs:read")]
    PairsRead,
    /// Read what managers see: outcomes, and that sessions took place.
    #[serde(rename = "outcomes:read")]
    OutcomesRead,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 5] =
        [Self::PeopleRead, Self::PeopleWrite, Self::ProgramsRead, Self::PairsRead, Self::OutcomesRead];

    /// As it stands in a token.
    pub const fn name(self) -> &'static str {
        match self {
            Self::PeopleRead => "people:read",
            Self::PeopleWrite => "people:write",
            Self::ProgramsRead => "programs:read",
            Self::PairsRead => "pairs:read",
            Self::OutcomesRead => "outcomes:read",
        }
    }

    /// The scope of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.name() == name)
    }
}

impl Subject {
    /// The id, whatever it is of.
    pub const fn uuid(&self) -> Uuid {
        match self {
            Self::Person(id) => id.uuid(),
            Self::Service(id, _) => id.uuid(),
        }
    }
}

impl Viewer {
    /// A person without any role: who looks where the service tells them something by itself.
    pub fn of(person: PersonId) -> Self {
        let subject = Subject::Person(person);
        Self { subject, is_admin: false, programs: Vec::new(), ceiling: None, witness: Witness::default() }
    }

    /// A person as the lead of one program: in whose name the service goes on with what they asked for as that.
    pub fn leading(person: PersonId, program: ProgramId) -> Self {
        Self { programs: vec![program], ..Self::of(person) }
    }

    /// The same viewer in this one request, where the trail sees what they do.
    #[must_use]
    pub fn seen_by(self, trail: &Trail, request_id: Uuid) -> Self {
        let kind = match self.subject {
            Subject::Person(_) => ActorKind::Person,
            Subject::Service(..) => ActorKind::Service,
        };
        let witness = trail.witness(Actor { id: self.subject.uuid(), kind }, request_id);
        Self { witness, ..self }
    }

    /// The person, unless a service asks.
    pub const fn person(&self) -> Option<PersonId> {
        match self.subject {
            Subject::Person(id) => Some(id),
            Subject::Service(..) => None,
        }
    }

    /// Whether the viewer is this person.
    pub fn is(&self, person: impl Into<Option<PersonId>>) -> bool {
        self.person().is_some_and(|viewer| person.into() == Some(viewer))
    }

    /// Whether the viewer leads the pairs of this program; an admin leads also those of none.
    pub fn leads(&self, program: Option<ProgramId>) -> bool {
        self.is_admin || program.is_some_and(|program| self.programs.contains(&program))
    }

    /// Whether the viewer is a service with this scope.
    pub fn may(&self, scope: Scope) -> bool {
        matches!(&self.subject, Subject::Service(_, scopes) if scopes.contains(&scope))
    }

    /// How the viewer stands to any record of the organisation.
    pub fn relations(&self) -> Relations {
        Relations::only(match self.subject {
            Subject::Person(_) => Relation::Colleague,
            Subject::Service(..) => Relation::Service,
        })
    }
}
