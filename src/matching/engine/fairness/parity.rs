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

/// Which number of people of a group is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its members.
    People,
    /// Those selected.
    Selected,
    /// Those selected for a pair of this level.
    At(Level),
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
    /// Every group, in the order asked for; `None` where it, or another through it, may be too small to be told of, or
    /// nobody is in it.
    pub groups: Vec<(G, Option<Figures>)>,
    /// The lowest selection rate over the highest, of the groups told of; `None` without two of them, or a selection.
    pub selection_ratio: Option<f64>,
    /// The same for the mean level.
    pub level_ratio: Option<f64>,
    /// Whether one group fares so much worse than another, by the two ratios, that somebody should find out why.
    pub is_flagged: bool,
}

/// How these groups fare, whether or not somebody is in them. `told` says how a number of people of a group is told; which
/// groups are told of, and whether they are flagged, follows from what is told.
#[must_use]
pub fn parity<G: Ord + Copy>(groups: &[G], members: &[Member<G>], told: impl Fn(G, Part, usize) -> usize) -> Parity<G> {
    let mut levels: BTreeMap<G, Vec<Option<Level>>> = BTreeMap::new();
    for member in members {
        levels.entry(member.group).or_default().push(member.selected);
    }
    let tally = |group: &G| Tally::of(levels.get(group).map_or(&[] as &[_], Vec::as_slice)).told(*group, &told);
    let tallies: Vec<Tally> = groups.iter().map(tally).collect();
    let hides_group = hidden(&tallies.iter().map(|tally| tally.people).collect::<Vec<_>>());
    let hides_level = hidden(&tallies.iter().map(|tally| tally.selected).collect::<Vec<_>>());
    let figures = tallies.into_iter().zip(hides_group.into_iter().zip(hides_level));
    let figures = figures.map(|(tally, (hides_group, hides_level))| (!hides_group).then(|| tally.figures(hides_level)));
    let groups: Vec<_> = groups.iter().copied().zip(figures).collect();
    let shown: Vec<_> = groups.iter().filter_map(|(_, figures)| *figures).collect();
    let (selection_ratio, level_ratio) = ratios(&shown);
    let is_flagged = [selection_ratio, level_ratio].into_iter().flatten().any(|ratio| ratio < FOUR_FIFTHS);
    Parity { groups, selection_ratio, level_ratio, is_flagged }
}

/// Numbers of people, told as they are.
pub fn exactly<G>(_: G, _: Part, count: usize) -> usize {
    count
}

/// Of the selection rates, and of the mean levels.
fn ratios(figures: &[Figures]) -> (Option<f64>, Option<f64>) {
    (
        lowest_to_highest(figures.iter().map(|figures| figures.selection_rate)),
        lowest_to_highest(figures.iter().filter_map(|figures| figures.mean_level)),
    )
}

#[derive(Clone, Copy)]
struct Tally {
    people: usize,
    selected: usize,
    /// Of those selected, by level, as in `Level::ALL`.
    levels: [usize; Level::ALL.len()],
}

impl Tally {
    fn of(levels: &[Option<Level>]) -> Self {
        let at = |level| levels.iter().filter(|selected| **selected == Some(level)).count();
        Self { people: levels.len(), selected: levels.iter().flatten().count(), levels: Level::ALL.map(at) }
    }

    /// The same with each number told by itself.
    fn told<G: Copy>(self, group: G, told: impl Fn(G, Part, usize) -> usize) -> Self {
        let people = told(group, Part::People, self.people);
        let mut levels = self.levels;
        for (count, level) in levels.iter_mut().zip(Level::ALL) {
            *count = told(group, Part::At(level), *count);
        }
        Self { people, selected: told(group, Part::Selected, self.selected).min(people), levels }
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
    fn selected_as_often_but_for_worse_pairs_is_flagged() {
        let members: Vec<_> = group('a', 50, Level::High, 100).chain(group('b', 50, Level::Medium, 100)).collect();
        let parity = parity(&['a', 'b'], &members, exactly);
        assert!((parity.selection_ratio.unwrap() - 1.0).abs() < 1e-12);
        assert!((parity.level_ratio.unwrap() - 2.0 / 3.0).abs() < 1e-12 && parity.is_flagged);
    }

    #[test]
    fn a_small_group_is_named_like_an_empty_one_but_not_told_of_nor_found_by_difference() {
        for few in [19, 1, 0] {
            let members: Vec<_> = group('a', 9, Level::High, 200)
                .chain(group('b', 30, Level::High, 60))
                .chain(group('c', few, Level::Low, few))
                .collect();
            let parity = parity(&['c', 'b', 'a'], &members, exactly);
            let told: Vec<_> = parity.groups.iter().map(|(group, figures)| (*group, figures.is_some())).collect();
            assert_eq!(told, [('c', false), ('b', false), ('a', true)]);
            assert_eq!((parity.selection_ratio, parity.is_flagged), (None, false));
        }
    }

    #[test]
    fn the_level_of_a_few_is_not_told_though_their_group_is_large() {
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
    fn who_is_told_of_and_what_is_flagged_follows_from_what_is_told() {
        let in_fives = |_: char, _: Part, count: usize| count / 5 * 5;
        let members: Vec<_> = group('a', 90, Level::High, 100)
            .chain(group('b', 74, Level::High, 100))
            .chain(group('c', 25, Level::High, 25))
            .chain(group('d', 24, Level::High, 24))
            .collect();
        let parity = parity(&['a', 'b', 'c', 'd'], &members, in_fives);
        let told: Vec<_> =
            parity.groups.iter().map(|(_, figures)| figures.map(|told| (told.people, told.selected))).collect();
        assert_eq!(told, [Some((100, 90)), Some((100, 70)), None, None]);
        assert!((parity.selection_ratio.unwrap() - 7.0 / 9.0).abs() < 1e-12 && parity.is_flagged);
    }

    #[test]
    fn nobody_is_no_reason_to_fail() {
        let nobody = Parity { groups: vec![], selection_ratio: None, level_ratio: None, is_flagged: false };
        assert_eq!(parity::<char>(&[], &[], exactly), nobody);
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
