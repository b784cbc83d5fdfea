//! What the engine knows about a person. These are plain values: the caller reads them from the database.
//!
//! There is no field for age, gender, origin, health or any other protected attribute. A value that is not here cannot
//! be learnt, weighted or leaked.

use uuid::Uuid;

use super::keys::{Department, Ladder, Language, Role, Skill, Team, Topic};

/// The facts of fixed size. The index keeps them in one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Id of the person.
    pub id: Uuid,
    /// Whether the person is active.
    pub is_active: bool,
    /// Level on the career ladder. Levels of different ladders can be compared.
    pub level: i16,
    /// The ladder of `role`.
    pub ladder: Ladder,
    /// The current role.
    pub role: Role,
    /// `None`: in no team.
    pub team: Option<Team>,
    /// `None`: in no department.
    pub department: Option<Department>,
    /// The team this person leads.
    pub leads: Option<Team>,
    /// Position in the reporting tree.
    pub line: Span,
    /// Years at work × 4. `None`: unknown.
    pub experience_quarters: Option<u16>,
    /// Local time minus UTC, in minutes.
    pub utc_offset_minutes: i16,
    /// Four answers of 1 to 5. Private. `None`: no answer, or the person did not consent to the use in suggestions.
    pub style: Option<[u8; 4]>,
    /// One bit for each meeting format the person likes. `None`: unknown.
    pub formats: Option<u8>,
    /// How much mentoring this person offers.
    pub offer: MentoringOffer,
    /// Whether this person wants to be mentored.
    pub wants_mentor: bool,
}

/// How much mentoring a person offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MentoringOffer {
    /// Whether the person wants to mentor.
    pub opted_in: bool,
    /// Capacity: largest number of live pairs.
    pub capacity: u8,
    /// Number of live pairs. It may be larger than the capacity if a lead has overridden it.
    pub active: u8,
}

impl MentoringOffer {
    /// Number of free places.
    #[must_use]
    pub const fn free(self) -> u8 {
        self.capacity.saturating_sub(self.active)
    }
}

/// A position in the reporting tree: the step at which a depth-first walk enters a person, and the step at which it
/// leaves. The spans of all people below a manager are inside the manager's span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// Step of entering.
    pub enters: u32,
    /// First step after all people below.
    pub leaves: u32,
}

impl Span {
    /// The span of a person without a known position: above no one and below no one.
    pub const OUTSIDE: Self = Self { enters: u32::MAX, leaves: u32::MAX };

    /// Whether `other` is this person or reports to this person at any depth.
    #[must_use]
    pub const fn holds(self, other: Self) -> bool {
        self.enters <= other.enters && other.enters < self.leaves
    }
}

/// A person with lists. The order inside a list does not matter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The facts of fixed size.
    pub person: Person,
    /// A second manager (dotted line).
    pub dotted_manager: Option<Uuid>,
    /// Working languages.
    pub languages: Vec<Language>,
    /// Roles held before.
    pub past_roles: Vec<Role>,
    /// Skills the person can teach.
    pub skills: Vec<Offered>,
    /// Skills the person wants to learn. Used for mentees only.
    pub needs: Vec<Need>,
    /// The role the person aims for. Used for mentees only.
    pub target: Option<Target>,
    /// People this person would like to work with.
    pub named: Vec<Uuid>,
    /// Topics this person has named. A search about one topic has that topic here.
    pub topics: Vec<Topic>,
    /// People with whom this person has a live pair.
    pub live: Vec<Uuid>,
    /// People with whom a pair ended by mismatch or poor chemistry within 24 months.
    pub ended_badly: Vec<Uuid>,
    /// People this person blocked. Private.
    pub blocked: Vec<Uuid>,
}

impl Profile {
    /// A person with empty lists.
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

    /// The level of a skill that the person can teach. 0: the person does not offer it.
    #[must_use]
    pub fn skill_level(&self, skill: Skill) -> u8 {
        self.skills.iter().filter(|s| s.skill == skill).map(|s| s.level).max().unwrap_or(0)
    }
}

/// A skill that a mentor can teach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offered {
    /// The skill.
    pub skill: Skill,
    /// Level, 1 to 5.
    pub level: u8,
}

/// A skill that a mentee wants to learn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Need {
    /// The skill.
    pub skill: Skill,
    /// Priority, 1 to 3. 3 is the highest.
    pub priority: u8,
    /// Current level, 0 to 4.
    pub current: u8,
    /// Level the mentee wants to reach, 1 to 5.
    pub target: u8,
}

/// The role that a mentee aims for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Target {
    /// The role.
    pub role: Role,
    /// The ladder of the role.
    pub ladder: Ladder,
}
