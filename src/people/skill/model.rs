//! What a skill is: no name means two of them.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::ids::SkillId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Readable, Related, Relations, Takes, Viewer};
use crate::problem::Problem;
use crate::text::Name;

/// A skill has at most this many other names, and this many neighbours.
pub const MOST: usize = 20;

/// A skill with its other names and neighbours.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Skill {
    /// Names the skill.
    pub id: SkillId,
    /// What it is called.
    pub name: Name,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// What it is called too. Filled from its own table.
    #[sqlx(skip)]
    pub synonyms: Vec<Name>,
    /// Skills near it. Filled from their own table.
    #[sqlx(skip)]
    pub related: Vec<RelatedSkill>,
}

/// A skill as it appears inside other records.
#[derive(Clone, Debug, PartialEq, Serialize, FromRow, ToSchema)]
pub struct RelatedSkill {
    /// Near which; known from the record around it.
    #[serde(skip)]
    pub of_id: SkillId,
    /// Names the skill.
    pub id: SkillId,
    /// What it is called.
    pub name: Name,
}

impl Skill {
    /// Refuses names that say the same twice.
    pub fn check_names(&self) -> Result<(), Problem> {
        if self.synonyms.len() > MOST {
            return Err(Problem::invalid("/synonyms", format!("must be at most {MOST}")));
        }
        let mut seen = HashSet::from([self.name.folded()]);
        match self.synonyms.iter().position(|name| !seen.insert(name.folded())) {
            Some(index) => Err(Problem::invalid(format!("/synonyms/{index}"), "this skill has that name already")),
            None => Ok(()),
        }
    }

    /// Whether these are its neighbours, in whatever order.
    pub fn is_related_to_just(&self, others: &[SkillId]) -> bool {
        others.len() == self.related.len() && self.related.iter().all(|known| others.contains(&known.id))
    }
}

/// Refuses neighbours that are too many, named twice, or the skill itself.
pub fn check_related(id: SkillId, related: &[SkillId]) -> Result<(), Problem> {
    if related.len() > MOST {
        return Err(Problem::invalid("/related_ids", format!("must be at most {MOST}")));
    }
    let mut seen = HashSet::from([id]);
    match related.iter().position(|other| !seen.insert(*other)) {
        Some(index) => Err(Problem::invalid(format!("/related_ids/{index}"), "is the skill itself or named twice")),
        None => Ok(()),
    }
}

/// Part of the organisation: whoever stands to that, stands to this.
impl Related for Skill {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

impl Readable for Skill {
    type Read = ReadOrganisation;
    const KIND: &'static str = "skills";

    fn id(&self) -> Uuid {
        self.id.uuid()
    }
}

impl Takes<ChangeOrganisation> for Skill {}
