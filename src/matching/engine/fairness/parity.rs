//! Compares groups: how often people are selected, and at what level.

use std::collections::BTreeMap;

use super::suppression::hidden;
use crate::matching::engine::Level;

/// The four-fifths rule: a group is flagged if its selection rate is below this share of the highest rate.
const FOUR_FIFTHS: f64 = 0.8;

/// A person who could have been selected. Each person is given once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member<G> {
    /// The group.
    pub group: G,
    /// Level of the pair the person was selected for. `None`: the person was not selected.
    pub selected: Option<Level>,
}

/// Which number of people of a group is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The members.
    People,
    /// The selected members.
    Selected,
    /// The members selected for a pair of this level.
    At(Level),
}

/// The published figures of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Figures {
    /// Number of members.
    pub people: usize,
    /// Number of selected members.
    pub selected: usize,
    /// Share of the members who were selected.
    pub selection_rate: f64,
    /// Mean level of the selected members, from low (1) to high (3). `None`: too few were selected.
    pub mean_level: Option<f64>,
}

/// The comparison of the groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Parity<G> {
    /// Every requested group, in order. `None`: withheld, because the group may be too small or would reveal a small
    /// one.
    pub groups: Vec<(G, Option<Figures>)>,
    /// Lowest selection rate divided by the highest, among the groups with figures. `None`: fewer than two such groups,
    /// or no one was selected.
    pub selection_ratio: Option<f64>,
    /// The same for the mean level.
    pub level_ratio: Option<f64>,
    /// Whether one of the two ratios is below four fifths, so that the cause should be examined.
    pub is_flagged: bool,
}

/// Compares these groups, including empty ones. `rounded` rounds a number of people of a group. Which groups are
/// withheld and whether the result is flagged depends on the rounded numbers only.
#[must_use]
pub fn parity<G: Ord + Copy>(
    groups: &[G],
    members: &[Member<G>],
    rounded: impl Fn(G, Part, usize) -> usize,
) -> Parity<G> {
    let mut levels: BTreeMap<G, Vec<Option<Level>>> = BTreeMap::new();
    for member in members {
        levels.entry(member.group).or_default().push(member.selected);
    }
    let counts =
        |group: &G| GroupCounts::of(levels.get(group).map_or(&[] as &[_], Vec::as_slice)).rounded(*group, &rounded);
    let all_counts: Vec<GroupCounts> = groups.iter().map(counts).collect();
    let hides_group = hidden(&all_counts.iter().map(|counts| counts.people).collect::<Vec<_>>());
    let hides_level = hidden(&all_counts.iter().map(|counts| counts.selected).collect::<Vec<_>>());
    let figures = all_counts.into_iter().zip(hides_group.into_iter().zip(hides_level));
    let figures =
        figures.map(|(counts, (hides_group, hides_level))| (!hides_group).then(|| counts.figures(hides_level)));
    let groups: Vec<_> = groups.iter().copied().zip(figures).collect();
    let shown: Vec<_> = groups.iter().filter_map(|(_, figures)| *figures).collect();
    let (selection_ratio, level_ratio) = ratios(&shown);
    let is_flagged = [selection_ratio, level_ratio].into_iter().flatten().any(|ratio| ratio < FOUR_FIFTHS);
    Parity { groups, selection_ratio, level_ratio, is_flagged }
}

/// Does not round.
pub fn exactly<G>(_: G, _: Part, count: usize) -> usize {
    count
}

/// The ratio of the selection rates, and the ratio of the mean levels.
fn ratios(figures: &[Figures]) -> (Option<f64>, Option<f64>) {
    (
        lowest_to_highest(figures.iter().map(|figures| figures.selection_rate)),
        lowest_to_highest(figures.iter().filter_map(|figures| figures.mean_level)),
    )
}

#[derive(Clone, Copy)]
struct GroupCounts {
    people: usize,
    selected: usize,
    /// Selected members by level, as in `Level::ALL`.
    levels: [usize; Level::ALL.len()],
}

impl GroupCounts {
    fn of(levels: &[Option<Level>]) -> Self {
        let at = |level| levels.iter().filter(|selected| **selected == Some(level)).count();
        Self { people: levels.len(), selected: levels.iter().flatten().count(), levels: Level::ALL.map(at) }
    }

    /// The same with each number rounded separately.
    fn rounded<G: Copy>(self, group: G, rounded: impl Fn(G, Part, usize) -> usize) -> Self {
        let people = rounded(group, Part::People, self.people);
        let mut levels = self.levels;
        for (count, level) in levels.iter_mut().zip(Level::ALL) {
            *count = rounded(group, Part::At(level), *count);
        }
        Self { people, selected: rounded(group, Part::Selected, self.selected).min(people), levels }
    }

    fn figures(self, hides_level: bool) -> Figures {
        let leveled: usize = self.levels.iter().sum();
        let points: usize = self.levels.iter().zip(Level::ALL).map(|(count, level)| count * points(level)).sum();
        Figures {
            people: self.people,
            selected: self.selected,
            selection_rate: share(self.selected, self.people),
            mean_level: (!hides_level && leveled > 0).then(|| share(points, leveled)),
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

/// The lowest number divided by the highest. `None`: there are fewer than two numbers, or all are 0.
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
            parity(
                &['a', 'b'],
                &group('a', 50, Level::High, 100).chain(group('b', selected, Level::High, 100)).collect::<Vec<_>>(),
                exactly,
            )
        };
        let fair = beside_fifty(40);
        assert!((fair.selection_ratio.unwrap() - 0.8).abs() < 1e-12 && !fair.is_flagged);
        assert!(beside_fifty(39).is_flagged);
    }

    #[test]
    fn equal_rates_with_lower_levels_are_flagged() {
        let members: Vec<_> = group('a', 50, Level::High, 100).chain(group('b', 50, Level::Medium, 100)).collect();
        let parity = parity(&['a', 'b'], &members, exactly);
        assert!((parity.selection_ratio.unwrap() - 1.0).abs() < 1e-12);
        assert!((parity.level_ratio.unwrap() - 2.0 / 3.0).abs() < 1e-12 && parity.is_flagged);
    }

    #[test]
    fn a_small_group_is_withheld_like_an_empty_one_and_cannot_be_computed() {
        for few in [19, 1, 0] {
            let members: Vec<_> = group('a', 9, Level::High, 200)
                .chain(group('b', 30, Level::High, 60))
                .chain(group('c', few, Level::Low, few))
                .collect();
            let parity = parity(&['c', 'b', 'a'], &members, exactly);
            let rounded: Vec<_> = parity.groups.iter().map(|(group, figures)| (*group, figures.is_some())).collect();
            assert_eq!(rounded, [('c', false), ('b', false), ('a', true)]);
            assert_eq!((parity.selection_ratio, parity.is_flagged), (None, false));
        }
    }

    #[test]
    fn the_level_of_a_few_is_withheld_even_if_their_group_is_large() {
        let members: Vec<_> = group('a', 1, Level::Low, 300)
            .chain(group('b', 90, Level::High, 100))
            .chain(group('c', 80, Level::High, 100))
            .collect();
        let levels: Vec<_> = parity(&['a', 'b', 'c'], &members, exactly)
            .groups
            .iter()
            .map(|(_, figures)| figures.unwrap().mean_level)
            .collect();
        assert_eq!(levels, [None, Some(3.0), None]);
    }

    #[test]
    fn withholding_and_flags_depend_on_the_rounded_numbers() {
        let in_fives = |_: char, _: Part, count: usize| count / 5 * 5;
        let members: Vec<_> = group('a', 90, Level::High, 100)
            .chain(group('b', 74, Level::High, 100))
            .chain(group('c', 25, Level::High, 25))
            .chain(group('d', 24, Level::High, 24))
            .collect();
        let parity = parity(&['a', 'b', 'c', 'd'], &members, in_fives);
        let rounded: Vec<_> = parity
            .groups
            .iter()
            .map(|(_, figures)| figures.map(|rounded| (rounded.people, rounded.selected)))
            .collect();
        assert_eq!(rounded, [Some((100, 90)), Some((100, 70)), None, None]);
        assert!((parity.selection_ratio.unwrap() - 7.0 / 9.0).abs() < 1e-12 && parity.is_flagged);
    }

    #[test]
    fn empty_groups_do_not_fail() {
        let empty = Parity { groups: vec![], selection_ratio: None, level_ratio: None, is_flagged: false };
        assert_eq!(parity::<char>(&[], &[], exactly), empty);
        assert_eq!(
            parity(
                &['a', 'b'],
                &group('a', 0, Level::Low, 50).chain(group('b', 0, Level::Low, 50)).collect::<Vec<_>>(),
                exactly
            )
            .selection_ratio,
            None
        );
    }
}
