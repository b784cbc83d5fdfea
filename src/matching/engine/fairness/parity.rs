//! How often each group is selected and how well, and how far the groups are apart.

use std::collections::BTreeMap;

use super::suppression::hidden;
use crate::matching::engine::Level;

/// The four-fifths rule: a group selected less than so often as the most selected one is worth a look.
const FOUR_FIFTHS: f64 = 0.8;

/// Somebody who might have been selected; each person once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<G> {
    /// The group, from the audit store.
    pub group: G,
    /// The level of the pair that the person was selected for; `None` where the person was not.
    pub selected: Option<Level>,
}

/// What may be told of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Members.
    pub people: usize,
    /// Of them, those selected.
    pub selected: usize,
    /// Share of the members that was selected.
    pub selection_rate: f64,
    /// Mean level of those selected, low 1 to high 3; `None` where too few were.
    pub mean_level: Option<f64>,
}

/// The groups beside each other.
#[derive(Debug, Clone, PartialEq)]
pub struct Parity<G> {
    /// Every group, in order; `None` where it, or another through it, would be too small to be told of.
    pub groups: Vec<(G, Option<Figures>)>,
    /// The lowest selection rate over the highest, of the groups told of; `None` without two of them, or a selection.
    pub selection_ratio: Option<f64>,
    /// The same for the mean level.
    pub level_ratio: Option<f64>,
}

impl<G> Parity<G> {
    /// Whether one group fares so much worse than another that somebody should find out why.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        [self.selection_ratio, self.level_ratio].into_iter().flatten().any(|ratio| ratio < FOUR_FIFTHS)
    }
}

/// How the groups of these people fare.
#[must_use]
pub fn parity<G: Ord + Copy>(members: &[Member<G>]) -> Parity<G> {
    let mut levels: BTreeMap<G, Vec<Option<Level>>> = BTreeMap::new();
    for member in members {
        levels.entry(member.group).or_default().push(member.selected);
    }
    let tallies: Vec<Tally> = levels.values().map(|levels| Tally::of(levels)).collect();
    let hides_group = hidden(&tallies.iter().map(|tally| tally.people).collect::<Vec<_>>());
    let hides_level = hidden(&tallies.iter().map(|tally| tally.selected).collect::<Vec<_>>());
    let figures = |i: usize| (!hides_group[i]).then(|| tallies[i].figures(hides_level[i]));
    let groups: Vec<_> = levels.into_keys().enumerate().map(|(i, group)| (group, figures(i))).collect();
    let told = || groups.iter().filter_map(|(_, figures)| *figures);
    Parity {
        selection_ratio: lowest_to_highest(told().map(|figures| figures.selection_rate)),
        level_ratio: lowest_to_highest(told().filter_map(|figures| figures.mean_level)),
        groups,
    }
}

struct Tally {
    people: usize,
    selected: usize,
    points: usize,
}

impl Tally {
    fn of(levels: &[Option<Level>]) -> Self {
        let selected = || levels.iter().flatten();
        Self {
            people: levels.len(),
            selected: selected().count(),
            points: selected().map(|level| points(*level)).sum(),
        }
    }

    fn figures(&self, hides_level: bool) -> Figures {
        Figures {
            people: self.people,
            selected: self.selected,
            selection_rate: share(self.selected, self.people),
            mean_level: (!hides_level && self.selected > 0).then(|| share(self.points, self.selected)),
        }
    }
}

const fn points(level: Level) -> usize {
    match level {
        Level::High => 3,
        Level::Medium => 2,
        Level::Low => 1,
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of people")]
fn share(part: usize, whole: usize) -> f64 {
    part as f64 / whole as f64
}

/// `None` without two numbers, or where all are 0.
fn lowest_to_highest(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let mut sorted: Vec<f64> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    match sorted[..] {
        [lowest, .., highest] if highest > 0.0 => Some(lowest / highest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn group(group: char, selected: usize, level: Level, people: usize) -> impl Iterator<Item = Member<char>> {
        (0..people).map(move |i| Member { group, selected: (i < selected).then_some(level) })
    }

    #[test]
    fn a_group_selected_less_than_four_fifths_as_often_is_flagged() {
        let beside_fifty = |selected: usize| {
            parity(&group('a', 50, Level::High, 100).chain(group('b', selected, Level::High, 100)).collect::<Vec<_>>())
        };
        let fair = beside_fifty(40);
        assert!((fair.selection_ratio.unwrap() - 0.8).abs() < 1e-12 && !fair.is_flagged());
        assert!(beside_fifty(39).is_flagged());
    }

    #[test]
    fn selected_as_often_but_for_worse_pairs_is_flagged() {
        let members: Vec<_> = group('a', 50, Level::High, 100).chain(group('b', 50, Level::Medium, 100)).collect();
        let parity = parity(&members);
        assert!((parity.selection_ratio.unwrap() - 1.0).abs() < 1e-12);
        assert!((parity.level_ratio.unwrap() - 2.0 / 3.0).abs() < 1e-12 && parity.is_flagged());
    }

    #[test]
    fn a_small_group_is_named_but_not_told_of_nor_found_by_difference() {
        let members: Vec<_> = group('a', 9, Level::High, 200)
            .chain(group('b', 30, Level::High, 60))
            .chain(group('c', 19, Level::Low, 19))
            .collect();
        let parity = parity(&members);
        let told: Vec<_> = parity.groups.iter().map(|(group, figures)| (*group, figures.is_some())).collect();
        assert_eq!(told, [('a', true), ('b', false), ('c', false)]);
        assert_eq!((parity.selection_ratio, parity.is_flagged()), (None, false));
    }

    #[test]
    fn the_level_of_a_few_is_not_told_though_their_group_is_large() {
        let members: Vec<_> = group('a', 1, Level::Low, 300)
            .chain(group('b', 90, Level::High, 100))
            .chain(group('c', 80, Level::High, 100))
            .collect();
        let levels: Vec<_> = parity(&members).groups.iter().map(|(_, figures)| figures.unwrap().mean_level).collect();
        assert_eq!(levels, [None, Some(3.0), None]);
    }

    #[test]
    fn nobody_is_no_reason_to_fail() {
        assert_eq!(parity::<char>(&[]), Parity { groups: vec![], selection_ratio: None, level_ratio: None });
        assert_eq!(
            parity(&group('a', 0, Level::Low, 50).chain(group('b', 0, Level::Low, 50)).collect::<Vec<_>>())
                .selection_ratio,
            None
        );
    }
}
