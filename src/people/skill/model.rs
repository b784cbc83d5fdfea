//! A skill. A name or synonym belongs to one skill only.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use serde::Serialize;
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::SkillId;
use crate::people::organisation::Organisation;
use crate::policy::acts::{ChangeOrganisation, ReadOrganisation};
use crate::policy::{Related, Relations, Takes, Viewer, readable_as};
use crate::problem::Problem;
use crate::text::Name;

/// Maximum number of synonyms, and of related skills, per skill.
pub const MOST: usize = 20;

/// A skill with its synonyms and related skills.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Skill {
    /// Id of the skill.
    pub id: SkillId,
    /// Name of the skill.
    pub name: Name,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Number of changes, for optimistic locking.
    pub revision: i64,
    /// Other names of the skill. Filled from a table of their own.
    #[sqlx(skip)]
    pub synonyms: Vec<Name>,
    /// Related skills. Filled from a table of their own.
    #[sqlx(skip)]
    pub related: Vec<RelatedSkill>,
}

/// A skill as it appears in other records.
#[derive(Clone, Debug, PartialEq, Serialize, FromRow, ToSchema)]
pub struct RelatedSkill {
    /// Id of the skill to which it is related. The record around it has it already.
    #[serde(skip)]
    pub of_id: SkillId,
    /// Id of the skill.
    pub id: SkillId,
    /// Name of the skill.
    pub name: Name,
}

impl Skill {
    /// Refuses too many synonyms, and names that occur twice.
    pub fn check_names(&self) -> Result<(), Problem> {
        if self.synonyms.len() > MOST {
            return Err(Problem::invalid("/synonyms", format!("must have at most {MOST} items")));
        }
        let mut seen = HashSet::from([self.name.folded()]);
        match self.synonyms.iter().position(|name| !seen.insert(name.folded())) {
            Some(index) => {
                Err(Problem::invalid(format!("/synonyms/{index}"), "must differ from the other names of this skill"))
            }
            None => Ok(()),
        }
    }

    /// Whether exactly these skills are related, in any order.
    pub fn is_related_to_just(&self, others: &[SkillId]) -> bool {
        others.len() == self.related.len() && self.related.iter().all(|known| others.contains(&known.id))
    }
}

/// Refuses too many related skills, repeated ones, and the skill itself.
pub fn check_related(id: SkillId, related: &[SkillId]) -> Result<(), Problem> {
    if related.len() > MOST {
        return Err(Problem::invalid("/related_ids", format!("must have at most {MOST} items")));
    }
    let mut seen = HashSet::from([id]);
    match related.iter().position(|other| !seen.insert(*other)) {
        Some(index) => {
            Err(Problem::invalid(format!("/related_ids/{index}"), "must be another skill, and must not occur twice"))
        }
        None => Ok(()),
    }
}

/// The relations are those to the organisation.
impl Related for Skill {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

readable_as!(Skill: ReadOrganisation, "skills");

impl Takes<ChangeOrganisation> for Skill {}
