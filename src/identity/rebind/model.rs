//! What a new first sign-in is.

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::PersonId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{AnswerIdentityRebind, ReadIdentityRebind, RebindIdentity};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};
use crate::problem::Problem;

/// How far a new first sign-in has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum IdentityRebindStatus {
    /// An admin opened it, and nobody has used it yet.
    Open,
    /// Somebody signed in. Private and never-shared words stay closed to them until `opens_at` or the person's yes.
    Waiting,
}

/// A new first sign-in.
#[derive(Clone, Debug, FromRow)]
pub struct IdentityRebind {
    /// Whose sign-in it is.
    pub person_id: PersonId,
    /// Since when it is open.
    pub opened_at: DateTime<Utc>,
    /// The new subject, once there is one.
    pub binding_id: Option<Uuid>,
    /// When it opens sealed words by itself.
    pub opens_at: Option<DateTime<Utc>>,
}

impl IdentityRebind {
    /// How far it has come.
    pub const fn status(&self) -> IdentityRebindStatus {
        if self.binding_id.is_some() { IdentityRebindStatus::Waiting } else { IdentityRebindStatus::Open }
    }

    /// There is something to confirm only once somebody signed in.
    pub fn check_waits(&self) -> Result<(), Problem> {
        match self.status() {
            IdentityRebindStatus::Waiting => Ok(()),
            IdentityRebindStatus::Open => Err(Problem::wrong_state(
                "Nobody has signed in anew yet; there is nothing to confirm. You can reject it.",
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

impl Readable for IdentityRebind {
    type Read = ReadIdentityRebind;
    const KIND: &'static str = "identity_rebinds";

    fn id(&self) -> Uuid {
        self.person_id.uuid()
    }
}

impl Takes<ReadIdentityRebind> for IdentityRebind {}
impl Takes<AnswerIdentityRebind> for IdentityRebind {}
impl Takes<RebindIdentity> for Organisation {}
