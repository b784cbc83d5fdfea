//! The skills that the mentee wants to learn, one by one.

use super::{
    keys::Skill,
    profile::Profile,
    skills::{SkillGraph, Wants},
};

/// One skill that the mentee wants to learn, and how far this mentor covers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrowthArea {
    /// The skill.
    pub skill: Skill,
    /// Share of the way from `current` to `target` that the mentor covers, 0 to 10 000.
    pub covered: u16,
    /// Current level of the mentee.
    pub current: u8,
    /// Level the mentee wants to reach.
    pub target: u8,
    /// Level of the mentor in this skill. 0: none; `covered` then comes from a related skill.
    pub mentor: u8,
}

/// The open needs of the mentee, best covered first, then by priority, then as listed.
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
