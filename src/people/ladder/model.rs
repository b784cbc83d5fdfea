//! A career ladder and its roles.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::ids::{CareerLadderId, LadderRoleId};
use crate::number::whole;
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Related, Relations, Takes, Viewer, readable_as};
use crate::problem::{Code, Problem};
use crate::text::Name;

/// Maximum number of roles per ladder.
pub const MOST_ROLES: usize = 50;

values! {
    /// Career track of a ladder.
    pub enum CareerTrack {
        /// Individual contributors: the roles differ in professional mastery.
        Individual,
        /// Managers: the roles differ in responsibility for people.
        Management,
    }
}

/// Level of a role, from 1 (lowest) to 20 (highest). You can compare levels of different ladders.
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
        level
            .description(Some(
                "Level of a role, from 1 (lowest) to 20 (highest). You can compare levels of different ladders.",
            ))
            .examples([serde_json::json!(5)])
            .into()
    }
}

impl ToSchema for Level {}

/// A career ladder with its roles.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct CareerLadder {
    /// Id of the ladder.
    pub id: CareerLadderId,
    /// Unique name. Upper and lower case count as the same.
    pub name: Name,
    /// Career track.
    pub track: CareerTrack,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change of the ladder or of one of its roles.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
    /// The roles, lowest level first. Filled from a table of their own.
    #[sqlx(skip)]
    pub roles: Vec<LadderRole>,
}

/// A role of a ladder, with the name of the ladder.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct LadderRole {
    /// Id of the role.
    pub id: LadderRoleId,
    /// Id of the ladder.
    pub ladder_id: CareerLadderId,
    /// Name of the ladder.
    pub ladder_name: Name,
    /// Career track of the ladder.
    pub track: CareerTrack,
    /// Name of the role. No other role of the ladder has the same name. Upper and lower case count as the same.
    pub name: Name,
    /// Level of the role.
    pub level: Level,
}

impl CareerLadder {
    /// Refuses too many roles, and roles with the same name.
    pub fn check_roles(&self) -> Result<(), Problem> {
        if self.roles.len() > MOST_ROLES {
            return Err(Problem::invalid("/roles", format!("must have at most {MOST_ROLES} items")));
        }
        let mut seen = HashSet::new();
        match self.roles.iter().position(|role| !seen.insert(role.name.folded())) {
            Some(index) => {
                let problem = Problem::new(
                    Code::AlreadyExists,
                    "Two roles of the ladder have the same name. Give each role its own name.",
                );
                Err(problem.at(format!("/roles/{index}/name"), "must not be the name of another role of the ladder"))
            }
            None => Ok(()),
        }
    }

    /// Refuses a further role if the ladder is full.
    pub fn check_is_not_full(&self) -> Result<(), Problem> {
        if self.roles.len() < MOST_ROLES {
            return Ok(());
        }
        Err(Problem::wrong_state(format!("The ladder has {MOST_ROLES} roles already. Delete one first.")))
    }
}

/// The relations are those to the organisation.
impl Related for CareerLadder {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

readable_as!(CareerLadder: ReadOrganisation, "career_ladders");

impl Takes<ChangeOrganisation> for CareerLadder {}

/// The relations are those to the organisation, as for the ladder.
impl Related for LadderRole {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

readable_as!(LadderRole: ReadOrganisation, "ladder_roles");

impl Takes<ChangeOrganisation> for LadderRole {}
