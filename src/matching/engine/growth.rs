//! What the mentee wants to learn, need by need.

use super::{
    keys::Skill,
    profile::Profile,
    skills::{SkillGraph, Wants},
};

/// One skill that the mentee wants to learn, and what this mentor can do for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrowthArea {
    /// Which.
    pub skill: Skill,
    /// Share of the way that the mentor covers, 0 to 10 000.
    pub covered: u16,
    /// Where the mentee stands.
    pub current: u8,
    /// Where the mentee wants to be.
    pub target: u8,
    /// The mentor's level in this very skill; 0: none, then `covered` comes from a related one.
    pub mentor: u8,
}

/// The mentee's open needs, most covered first, then by the mentee's priority; as listed where both are equal.
pub(super) fn growth_areas(mentee: &Profile, mentor: &Profile, graph: &SkillGraph) -> Vec<GrowthArea> {
    let mut areas: Vec<(u8, GrowthArea)> = mentee
        .needs
        .iter()
        .filter_map(|need| {
            let covered = Wants::new(&[*need], graph).coverage_by(|skill| mentor.skill_level(skill))?;
            let mentor = mentor.skill_level(need.skill);
            let area = GrowthArea { skill: need.skill, covered, current: need.current, target: need.target, mentor };
            Some((need.priority, area))
        })
        .collect();
    areas.sort_by_key(|(priority, area)| std::cmp::Reverse((area.covered, *priority)));
    areas.into_iter().map(|(_, area)| area).collect()
}
