//! What the engine knows of a person. Plain values: the caller reads them from its store, the engine never asks back.
//!
//! There is no field for age, gender, origin, health or any other protected attribute. What is not here cannot be
//! learnt, weighed or leaked, and a model with such a feature cannot be written without changing this file.

use uuid::Uuid;

use super::keys::{Department, Ladder, Language, Role, Skill, Team, Topic};

/// The facts of fixed size: what the index keeps in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Who.
    pub id: Uuid,
    /// Whether the person still works here.
    pub is_active: bool,
    /// Step on the career ladder; comparable between ladders.
    pub level: i16,
    /// The ladder of `role`.
    pub ladder: Ladder,
    /// The role held today.
    pub role: Role,
    /// `None`: in no team.
    pub team: Option<Team>,
    /// `None`: in no department.
    pub department: Option<Department>,
    /// The team this person leads.
    pub leads: Option<Team>,
    /// Where in the tree of reporting lines.
    pub line: Span,
    /// Years at work × 4; `None`: unknown.
    pub experience_quarters: Option<u16>,
    /// Local time minus UTC.
    pub utc_offset_minutes: i16,
    /// Four answers of 1 to 5. Private: `Some` only where the person agreed that suggestions may use them.
    pub style: Option<[u8; 4]>,
    /// One bit for each meeting format the person likes; `None`: not said.
    pub formats: Option<u8>,
    /// How much mentoring this person offers.
    pub offer: Offer,
    /// Whether this person wants to be mentored.
    pub wants_mentor: bool,
}

/// How much mentoring a person offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// Whether the person wants to mentor.
    pub opted_in: bool,
    /// Most pairs at a time.
    pub capacity: u8,
    /// Pairs that are live now; may exceed the capacity where a lead has overridden it.
    pub active: u8,
}

impl Offer {
    /// Places left.
    #[must_use]
    pub const fn free(self) -> u8 {
        self.capacity.saturating_sub(self.active)
    }
}

/// A place in the tree of reporting lines: the step at which a walk through the tree enters a person and the one at
/// which it leaves, so that everybody below a manager lies within the manager's span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Step of entering; different for each person.
    pub enters: u32,
    /// First step after everybody below.
    pub leaves: u32,
}

impl Span {
    /// The span of somebody whose place in the tree is unknown: above and below nobody.
    pub const OUTSIDE: Self = Self { enters: u32::MAX, leaves: u32::MAX };

    /// Whether `other` is this person or reports to this person at any depth.
    #[must_use]
    pub const fn holds(self, other: Self) -> bool {
        self.enters <= other.enters && other.enters < self.leaves
    }
}

/// A person with the lists around it. No list needs an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The facts of fixed size.
    pub person: Person,
    /// A manager beside the reporting line.
    pub dotted_manager: Option<Uuid>,
    /// Working languages.
    pub languages: Vec<Language>,
    /// Roles held before.
    pub past_roles: Vec<Role>,
    /// What the person can teach.
    pub skills: Vec<Offered>,
    /// What the person wants to learn; read of mentees only.
    pub needs: Vec<Need>,
    /// The role the person aims for; read of mentees only.
    pub target: Option<Target>,
    /// People this person would like to work with.
    pub named: Vec<Uuid>,
    /// Topics this person has named. For a search about one topic, put it here.
    pub topics: Vec<Topic>,
    /// Other halves of live pairs.
    pub live: Vec<Uuid>,
    /// Other halves of pairs that ended by mismatch or poor chemistry within 24 months.
    pub ended_badly: Vec<Uuid>,
    /// People this person does not want to be paired with. Private.
    pub blocked: Vec<Uuid>,
}

impl Profile {
    /// A person with nothing around it.
    #[must_use]
    pub const fn bare(person: Person) -> Self {
        Self {
            person,
            dotted_manager: None,
            languages: Vec::new(),
            past_roles: Vec::new(),
            skills: Vec::new(),
            needs: Vec::new(),
            target: None,
            named: Vec::new(),
            topics: Vec::new(),
            live: Vec::new(),
            ended_badly: Vec::new(),
            blocked: Vec::new(),
        }
    }

    /// How well the person masters a skill, 0 where it is not offered.
    #[must_use]
    pub fn skill_level(&self, skill: Skill) -> u8 {
        self.skills.iter().filter(|s| s.skill == skill).map(|s| s.level).max().unwrap_or(0)
    }
}

/// A skill that a mentor can teach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// Which.
    pub skill: Skill,
    /// 1 to 5.
    pub level: u8,
}

/// A skill that a mentee wants to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// Which.
    pub skill: Skill,
    /// 1 to 3, 3 matters most.
    pub priority: u8,
    /// Where the mentee stands, 0 to 4.
    pub current: u8,
    /// Where the mentee wants to be, 1 to 5.
    pub target: u8,
}

/// The role that a mentee aims for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// Which.
    pub role: Role,
    /// The ladder that the role is a step of.
    pub ladder: Ladder,
}
