//! How far the skills that a mentor can teach cover those that a mentee wants to learn.

use std::collections::HashMap;

use super::{keys::Skill, profile::Need, weights::WHOLE};

/// Which skills are related, in both directions.
#[derive(Debug, Clone, Default)]
pub struct SkillGraph(HashMap<Skill, Vec<Skill>>);

impl SkillGraph {
    /// The skills related to this one, each once, without itself.
    #[must_use]
    pub fn related(&self, skill: Skill) -> &[Skill] {
        self.0.get(&skill).map_or(&[], Vec::as_slice)
    }
}

impl FromIterator<(Skill, Skill)> for SkillGraph {
    /// Each pair counts in both directions. Repeated pairs and a skill paired with itself are ignored.
    fn from_iter<T: IntoIterator<Item = (Skill, Skill)>>(pairs: T) -> Self {
        let mut graph: HashMap<Skill, Vec<Skill>> = HashMap::new();
        for (a, b) in pairs.into_iter().filter(|(a, b)| a != b) {
            for (from, to) in [(a, b), (b, a)] {
                let list = graph.entry(from).or_default();
                if !list.contains(&to) {
                    list.push(to);
                }
            }
        }
        Self(graph)
    }
}

/// The highest level of a skill. Higher values count the same.
const HIGHEST: u8 = 5;

/// What a mentor adds by each level in one skill, from 0 to the highest: weight of the need × share covered.
pub(super) type Gain = [u32; HIGHEST as usize + 1];

/// The gain of one level.
pub(super) fn at_level(gain: &Gain, level: u8) -> u32 {
    gain[usize::from(level.min(HIGHEST))]
}

/// One need, prepared to be compared with many mentors.
#[derive(Debug, Clone)]
pub(super) struct Want {
    pub skill: Skill,
    pub related: Vec<Skill>,
    /// `priority × (target − current)`.
    weight: u32,
    /// Gain by the level in the skill itself.
    pub own: Gain,
    /// Gain by the level in a related skill: half.
    pub half: Gain,
}

impl Want {
    fn new(need: Need, graph: &SkillGraph) -> Option<Self> {
        let gap = u32::from(need.target.min(HIGHEST).saturating_sub(need.current));
        let weight = u32::from(need.priority) * gap;
        let mut share: Gain = [0; _];
        for (level, share) in (0..).zip(&mut share) {
            let learnt: u32 = u32::saturating_sub(level, need.current.into()).min(gap);
            *share = (learnt * u32::from(WHOLE)).checked_div(gap)?;
        }
        (weight > 0).then(|| Self {
            skill: need.skill,
            related: graph.related(need.skill).to_vec(),
            weight,
            own: share.map(|share| weight * share),
            half: share.map(|share| weight * (share / 2)),
        })
    }

    /// What a mentor adds by the skill itself or a related one. The larger gain counts.
    fn gained(&self, level_of: &impl Fn(Skill) -> u8) -> u32 {
        let half = self.related.iter().map(|&skill| at_level(&self.half, level_of(skill))).max().unwrap_or(0);
        half.max(at_level(&self.own, level_of(self.skill)))
    }
}

/// The skills a mentee wants to learn. A need whose target is reached is left out.
#[derive(Debug, Clone)]
pub(super) struct Wants {
    pub each: Vec<Want>,
    total: u32,
}

impl Wants {
    pub fn new(needs: &[Need], graph: &SkillGraph) -> Self {
        let each: Vec<Want> = needs.iter().filter_map(|&need| Want::new(need, graph)).collect();
        Self { total: each.iter().map(|want| want.weight).sum(), each }
    }

    /// The value of `skill_coverage` from Σ weight × share. `None`: the mentee wants to learn nothing.
    pub fn coverage(&self, gained: u32) -> Option<u16> {
        let share = gained.checked_div(self.total)?;
        Some(u16::try_from(share).map_or(WHOLE, |share| share.min(WHOLE)))
    }

    /// Σ weight × share for one mentor with these levels.
    pub fn gained(&self, level_of: impl Fn(Skill) -> u8) -> u32 {
        self.each.iter().map(|want| want.gained(&level_of)).sum()
    }

    /// The value of `skill_coverage` for one mentor.
    pub fn coverage_by(&self, level_of: impl Fn(Skill) -> u8) -> Option<u16> {
        self.coverage(self.gained(level_of))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RUST: Skill = Skill(1);
    const SQL: Skill = Skill(2);

    #[test]
    fn a_related_skill_counts_half_and_a_mastered_need_not_at_all() {
        let graph: SkillGraph = [(RUST, SQL), (SQL, RUST), (SQL, SQL)].into_iter().collect();
        let needs = [
            Need { skill: RUST, priority: 3, current: 1, target: 3 },
            Need { skill: Skill(9), priority: 3, current: 4, target: 4 },
        ];
        let wants = Wants::new(&needs, &graph);
        let with = |skill, level| wants.coverage_by(|s| if s == skill { level } else { 0 });
        assert_eq!(with(RUST, 5), Some(10_000));
        assert_eq!(with(RUST, 2), Some(5_000));
        assert_eq!(with(RUST, 1), Some(0));
        assert_eq!(with(SQL, 5), Some(5_000));
        assert_eq!(Wants::new(&needs[1..], &graph).coverage_by(|_| 5), None);
    }
}
