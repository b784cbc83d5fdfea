//! The viewer: the person or service account that sends a request.

use uuid::Uuid;

use super::relations::{Relation, Relations};
use super::scope::Scope;
use super::tiers::Tier;
use crate::audit_log::{Actor, ActorKind, AuditLog, RequestRecorder};
use crate::db::Ids;
use crate::ids::{PersonId, ProgramId, ServiceAccountId};

/// The sender of this request: an active person or an enabled service account.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The person or the service account.
    pub subject: Subject,
    /// Whether the viewer is an admin, who is a lead of everything. From the token.
    pub is_admin: bool,
    /// The programs that the viewer coordinates. Empty without the role `coordinator`.
    pub programs: Vec<ProgramId>,
    /// The highest tier that the viewer sees, for all relations. A sign-in that is not confirmed has one. With a
    /// ceiling, the viewer does nothing as author or party, except acts with [`Act::UNDER_CEILING`](super::Act).
    /// `None`: no limit.
    pub ceiling: Option<Tier>,
    /// Records for the audit log what the viewer reads and does in this request.
    pub recorder: RequestRecorder,
}

/// The two kinds of viewer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A person of the organisation.
    Person(PersonId),
    /// A service account and its scopes.
    Service(ServiceAccountId, Vec<Scope>),
}

impl Subject {
    /// The id of the person or of the service account.
    pub const fn uuid(&self) -> Uuid {
        match self {
            Self::Person(id) => id.uuid(),
            Self::Service(id, _) => id.uuid(),
        }
    }
}

impl Viewer {
    /// A person without any role, for what the service sends to a person by itself, such as mail.
    pub fn of(person: PersonId) -> Self {
        let subject = Subject::Person(person);
        Self { subject, is_admin: false, programs: Vec::new(), ceiling: None, recorder: RequestRecorder::default() }
    }

    /// A person as the lead of one program, for work that the service continues on behalf of that lead.
    pub fn leading(person: PersonId, program: ProgramId) -> Self {
        Self { programs: vec![program], ..Self::of(person) }
    }

    /// The same viewer in this request, recorded in the audit log.
    #[must_use]
    pub fn recorded_in(self, audit_log: &AuditLog, request_id: Uuid) -> Self {
        let kind = match self.subject {
            Subject::Person(_) => ActorKind::Person,
            Subject::Service(..) => ActorKind::Service,
        };
        let recorder = audit_log.recorder(Actor { id: self.subject.uuid(), kind }, request_id);
        Self { recorder, ..self }
    }

    /// The person. `None`: the viewer is a service account.
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

    /// Whether the viewer is a lead of this program. An admin is also the lead of pairs without a program (`None`).
    pub fn leads(&self, program: Option<ProgramId>) -> bool {
        self.is_admin || program.is_some_and(|program| self.programs.contains(&program))
    }

    /// The programs that the viewer coordinates, as a value for SQL.
    pub fn led(&self) -> Ids {
        self.programs.iter().copied().collect()
    }

    /// Whether the viewer is a service account with this scope.
    pub fn may(&self, scope: Scope) -> bool {
        matches!(&self.subject, Subject::Service(_, scopes) if scopes.contains(&scope))
    }

    /// The relation of the viewer to every record of the organisation.
    pub fn relations(&self) -> Relations {
        Relations::only(match self.subject {
            Subject::Person(_) => Relation::Colleague,
            Subject::Service(..) => Relation::Service,
        })
    }
}
