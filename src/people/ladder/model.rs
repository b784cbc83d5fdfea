//! What a career ladder is, and a role on it.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use crate::ids::{CareerLadderId, LadderRoleId};
use crate::number::whole;
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Readable, Related, Relations, Takes, Viewer};
use crate::problem::{Code, Problem};
use crate::text::Name;

/// A ladder has at most this many roles.
pub const MOST_ROLES: usize = 50;

/// What a ladder leads through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Track {
    /// Mastery of the work itself.
    Individual,
    /// Responsibility for people.
    Management,
}

/// How high a role stands: 1 to 20, and it compares across ladders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, sqlx::Type)]
#[sqlx(transparent)]
pub struct Level(i64);

impl<'de> Deserialize<'de> for Level {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        whole(from)
    }
}

impl TryFrom<i64> for Level {
    type Error = &'static str;

    fn try_from(level: i64) -> Result<Self, Self::Error> {
        if (1..=20).contains(&level) { Ok(Self(level)) } else { Err("must be a whole number from 1 to 20") }
    }
}

impl From<Level> for i64 {
    fn from(level: Level) -> Self {
        level.0
    }
}

impl PartialSchema for Level {
    fn schema() -> RefOr<Schema> {
        let level = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).maximum(Some(20));
        level.description(Some("Compares across ladders.")).examples([serde_json::json!(5)]).into()
    }
}

impl ToSchema for Level {}

/// A career ladder with its roles.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct CareerLadder {
    /// Names the ladder.
    pub id: CareerLadderId,
    /// What it is called; no other ladder is.
    pub name: Name,
    /// What it leads through.
    pub track: Track,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it or a role of it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Its roles, lowest first. Filled from their own table.
    #[sqlx(skip)]
    pub roles: Vec<LadderRole>,
}

/// A step of a ladder, with the ladder's name.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct LadderRole {
    /// Names the role.
    pub id: LadderRoleId,
    /// The ladder it is a step of.
    pub ladder_id: CareerLadderId,
    /// Its name.
    pub ladder_name: Name,
    /// What it leads through.
    pub track: Track,
    /// What the role is called; no other role of the ladder is.
    pub name: Name,
    /// How high it stands.
    pub level: Level,
}

impl CareerLadder {
    /// Refuses roles that are too many or called the same.
    pub fn check_roles(&self) -> Result<(), Problem> {
        if self.roles.len() > MOST_ROLES {
            return Err(Problem::invalid("/roles", format!("must be at most {MOST_ROLES}")));
        }
        let mut seen = HashSet::new();
        match self.roles.iter().position(|role| !seen.insert(role.name.folded())) {
            Some(index) => {
                let problem = Problem::new(Code::AlreadyExists, "Two roles of the ladder would have one name.");
                Err(problem.at(format!("/roles/{index}/name"), "names another role of the ladder"))
            }
            None => Ok(()),
        }
    }

    /// Refuses a role for which there is no more place.
    pub fn check_has_place(&self) -> Result<(), Problem> {
        if self.roles.len() < MOST_ROLES {
            return Ok(());
        }
        Err(Problem::wrong_state(format!("A ladder has at most {MOST_ROLES} roles.")))
    }
}

/// Part of the organisation: whoever stands to that, stands to this.
impl Related for CareerLadder {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

impl Readable for CareerLadder {
    type Read = ReadOrganisation;
    const KIND: &'static str = "career_ladders";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ChangeOrganisation> for CareerLadder {}

/// Part of the organisation, as its ladder is.
impl Related for LadderRole {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

impl Readable for LadderRole {
    type Read = ReadOrganisation;
    const KIND: &'static str = "ladder_roles";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ChangeOrganisation> for LadderRole {}
