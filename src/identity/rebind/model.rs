//! The new first sign-in of a person, and its status.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::ids::PersonId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{AnswerIdentityRebind, ReadIdentityRebind, RebindIdentity};
use crate::policy::{Related, Relation, Relations, Takes, Viewer, readable_as};
use crate::problem::Problem;

values! {
    /// Status of a new first sign-in.
    pub enum IdentityRebindStatus {
        /// An admin opened it, and it is not used yet.
        Open,
        /// An account has signed in. It cannot read or write private and never-shared words until the person confirms
        /// it, or until `opens_at`.
        Waiting,
    }
}

/// A new first sign-in.
#[derive(Clone, Debug, FromRow)]
pub struct IdentityRebind {
    /// Id of the person.
    pub person_id: PersonId,
    /// When an admin opened it.
    pub opened_at: DateTime<Utc>,
    /// Id of the new binding. `None`: the sign-in is not used yet.
    pub binding_id: Option<Uuid>,
    /// When it opens sealed words without a confirmation. `None`: the sign-in is not used yet.
    pub opens_at: Option<DateTime<Utc>>,
}

impl IdentityRebind {
    /// Status of the new first sign-in.
    pub const fn status(&self) -> IdentityRebindStatus {
        if self.binding_id.is_some() { IdentityRebindStatus::Waiting } else { IdentityRebindStatus::Open }
    }

    /// A sign-in can be confirmed only after it was used.
    pub fn check_waits(&self) -> Result<(), Problem> {
        match self.status() {
            IdentityRebindStatus::Waiting => Ok(()),
            IdentityRebindStatus::Open => Err(Problem::wrong_state(
                "The new first sign-in is `open`: it was not used yet, so there is nothing to confirm. You can reject it.",
            )),
        }
    }
}

impl Related for IdentityRebind {
    fn relations(&self, viewer: &Viewer) -> Relations {
        let own = viewer.relations().and(Relation::Author, viewer.is(self.person_id));
        own.and(Relation::Lead, viewer.is_admin)
    }
}

readable_as!(IdentityRebind: ReadIdentityRebind, "identity_rebinds", id person_id);

impl Takes<ReadIdentityRebind> for IdentityRebind {}
impl Takes<AnswerIdentityRebind> for IdentityRebind {}
impl Takes<RebindIdentity> for Organisation {}
