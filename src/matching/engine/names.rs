//! Names of the things that the engine knows by number.

use std::collections::HashMap;

use uuid::Uuid;

use super::keys::{Role, Skill, Topic};

/// Names for the sentences of one answer. The caller adds every name that the answer needs.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// Names of people.
    pub people: HashMap<Uuid, String>,
    /// Names of skills.
    pub skills: HashMap<Skill, String>,
    /// Titles of ladder roles.
    pub roles: HashMap<Role, String>,
    /// Names of topics.
    pub topics: HashMap<Topic, String>,
}

impl Names {
    pub(super) fn person(&self, id: Uuid) -> &str {
        self.people.get(&id).map_or("This mentor", String::as_str)
    }

    pub(super) fn skill(&self, skill: Skill) -> &str {
        self.skills.get(&skill).map_or("a skill without a name", String::as_str)
    }

    pub(super) fn role(&self, role: Role) -> &str {
        self.roles.get(&role).map_or("another role", String::as_str)
    }

    pub(super) fn topic(&self, topic: Topic) -> &str {
        self.topics.get(&topic).map_or("a topic without a name", String::as_str)
    }
}

/// "1 level", "2 levels".
pub(super) fn counted(n: u32, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// "A, B and C".
pub(super) fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.into_iter().collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
