//! What each fact adds to the score for one mentee. The score is split into parts, so that a part that is the same for
//! a whole cell is computed once. Each part uses the same functions as `Features` and `Score`, so the sum is the same
//! number; tests compare them.

use super::{
    bonds::Bonds,
    features::{self, NEUTRAL},
    keys::{Ladder, Role},
    profile::{Person, Profile},
    rules::Rules,
    score::contribution,
    skills::Wants,
    table::Sketch,
    weights::{Factor, WHOLE},
};

/// What facts of mentors add for one mentee.
pub(super) struct Scale<'a> {
    mentee: &'a Profile,
    rules: &'a Rules<'a>,
    /// Contribution by the formats that a mentor likes. Counting bits for each mentor would cost more than all the
    /// rest.
    formats: Vec<u16>,
    format_unknown: u16,
}

impl<'a> Scale<'a> {
    pub fn new(mentee: &'a Profile, rules: &'a Rules<'a>) -> Self {
        let part = |factor, value: Option<u16>| contribution(rules.weights.of(factor), value.unwrap_or(NEUTRAL));
        let format = |likes| part(Factor::Format, features::format(mentee.person.formats, likes));
        Self {
            formats: (0..=u8::MAX).map(|likes| format(Some(likes))).collect(),
            format_unknown: format(None),
            mentee,
            rules,
        }
    }

    fn part(&self, factor: Factor, value: Option<u16>) -> u16 {
        contribution(self.rules.weights.of(factor), value.unwrap_or(NEUTRAL))
    }

    /// What a level and a time zone add.
    pub fn of_place(&self, level: i16, utc_offset_minutes: i16) -> u16 {
        let person = &self.mentee.person;
        let gap = features::level_gap(self.rules, person.level, level);
        let hours = features::availability(person.utc_offset_minutes, utc_offset_minutes);
        self.part(Factor::LevelGap, Some(gap)) + self.part(Factor::Availability, Some(hours))
    }

    /// What a sketch adds, without topics. `None`: the mentor takes no mentee now.
    pub fn of_sketch(&self, sketch: &Sketch) -> Option<u16> {
        let workload = self.of_workload(sketch.workload?);
        let (style, experience) = (self.of_style(sketch.style), self.of_experience(sketch.experience_quarters));
        Some(workload + style + experience + self.of_formats(sketch.formats))
    }

    /// What the distance in the organisation adds.
    pub fn of_team(&self, mentor: &Person) -> u16 {
        let distance = features::team_distance(&self.mentee.person, mentor, self.rules.prefers_near_team);
        self.part(Factor::TeamDistance, distance)
    }

    /// What the distance in the organisation adds at most.
    pub fn most_of_team(&self) -> u16 {
        self.part(Factor::TeamDistance, Some(WHOLE))
    }

    /// What the formats that a mentor likes add.
    pub fn of_formats(&self, likes: Option<u8>) -> u16 {
        likes.map_or(self.format_unknown, |likes| self.formats[usize::from(likes)])
    }

    /// What the answers about style add.
    pub fn of_style(&self, answers: Option<[u8; 4]>) -> u16 {
        self.part(Factor::Style, features::style(self.mentee.person.style, answers))
    }

    /// What the mentor's experience adds.
    pub fn of_experience(&self, quarters: Option<u16>) -> u16 {
        self.part(Factor::ExperienceGap, features::experience_gap(self.mentee.person.experience_quarters, quarters))
    }

    /// What a share of free places adds.
    pub fn of_workload(&self, free: u16) -> u16 {
        self.part(Factor::Workload, Some(free))
    }

    /// What the mentor's roles add.
    pub fn of_roles(&self, role: Role, ladder: Ladder, past: &[Role]) -> u16 {
        self.part(Factor::Aspiration, features::aspiration(self.mentee.target, role, ladder, past))
    }

    /// What named people and shared topics add.
    pub fn of_interest(&self, bonds: Bonds) -> u16 {
        self.part(Factor::MutualInterest, Some(features::mutual_interest(bonds)))
    }

    /// What skills add.
    pub fn of_skills(&self, wants: &Wants, gained: u32) -> u16 {
        self.part(Factor::SkillCoverage, wants.coverage(gained))
    }
}
