//! The matching engine knows skills, roles, teams and so on by small numbers. This module assigns the numbers.

use std::collections::HashMap;
use std::hash::Hash;

use uuid::Uuid;

use crate::ids::{CareerLadderId, DepartmentId, LadderRoleId, SkillId, TeamId};
use crate::matching::engine::{Department, Ladder, Language, Role, Skill, Team, Topic};

/// Gives each id or name a number at first use, and the same number afterwards.
#[derive(Debug, Default)]
pub struct Numbers {
    skills: Numbered<Uuid>,
    ladders: Numbered<Uuid>,
    roles: Numbered<Uuid>,
    teams: Numbered<Uuid>,
    departments: Numbered<Uuid>,
    topics: Numbered<String>,
    languages: Numbered<String>,
}

impl Numbers {
    /// Number of a skill.
    pub fn skill(&mut self, id: SkillId) -> Skill {
        Skill(self.skills.of(id.uuid()))
    }

    /// Number of a career ladder.
    pub fn ladder(&mut self, id: CareerLadderId) -> Ladder {
        Ladder(self.ladders.of(id.uuid()))
    }

    /// Number of a ladder role.
    pub fn role(&mut self, id: LadderRoleId) -> Role {
        Role(self.roles.of(id.uuid()))
    }

    /// Number of a team.
    pub fn team(&mut self, id: TeamId) -> Team {
        Team(self.teams.of(id.uuid()))
    }

    /// Number of a department.
    pub fn department(&mut self, id: DepartmentId) -> Department {
        Department(self.departments.of(id.uuid()))
    }

    /// Number of a topic. Upper and lower case are the same.
    pub fn topic(&mut self, name: &str) -> Topic {
        Topic(self.topics.of(name.to_lowercase()))
    }

    /// Number of a language.
    pub fn language(&mut self, code: &str) -> Language {
        // Codes have at most three letters, so there are fewer than 2^16.
        Language(u16::try_from(self.languages.of(code.to_owned())).unwrap_or(u16::MAX))
    }
}

#[derive(Debug)]
struct Numbered<K>(HashMap<K, u32>);

impl<K> Default for Numbered<K> {
    fn default() -> Self {
        Self(HashMap::new())
    }
}

impl<K: Eq + Hash> Numbered<K> {
    fn of(&mut self, key: K) -> u32 {
        let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        *self.0.entry(key).or_insert(next)
    }
}
