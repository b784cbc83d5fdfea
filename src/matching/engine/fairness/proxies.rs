//! Whether a feature is a proxy for a group. The engine knows no protected attribute, but a feature may correlate with
//! one.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::suppression::hidden;
use crate::matching::engine::{Factor, Features, weights::WHOLE};

/// A correlation of at least this size is flagged.
const NOTABLE: f64 = 0.3;

/// The features of a person in one suggestion. A person may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Observation<G> {
    /// Id of the person.
    pub person: Uuid,
    /// The group of the person.
    pub group: G,
    /// The features of the suggestion.
    pub features: Features,
}

/// The correlation of a feature with being in a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proxy<G> {
    /// The group.
    pub group: G,
    /// The factor.
    pub factor: Factor,
    /// From −1 to 1. Above 0: members have higher values than others. `None`: all have the same value.
    pub correlation: Option<f64>,
}

impl<G> Proxy<G> {
    /// Whether the feature may be a proxy for the group.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        self.correlation.is_some_and(|correlation| correlation.abs() >= NOTABLE)
    }
}

/// The correlation of every factor with every group that is large enough, by group and then by factor. `rounded` rounds
/// a number of people of a group. An unknown value counts as in the score, because a missing answer may also correlate
/// with a group.
#[must_use]
pub fn proxies<G: Ord + Copy>(
    groups: &[G],
    observations: &[Observation<G>],
    rounded: impl Fn(G, usize) -> usize,
) -> Vec<Proxy<G>> {
    let mut people: BTreeMap<G, BTreeSet<Uuid>> = BTreeMap::new();
    for observation in observations {
        people.entry(observation.group).or_default().insert(observation.person);
    }
    let sizes = groups.iter().map(|group| rounded(*group, people.get(group).map_or(0, BTreeSet::len)));
    let hidden = hidden(&sizes.collect::<Vec<_>>());
    let shown = groups.iter().copied().zip(hidden).filter(|(_, hidden)| !hidden).map(|(group, _)| group);
    shown
        .flat_map(|group| {
            Factor::ALL.map(|factor| Proxy { group, factor, correlation: correlation(observations, group, factor) })
        })
        .collect()
}

/// Pearson's correlation between the value and being a member (1) or not (0).
fn correlation<G: Ord>(observations: &[Observation<G>], group: G, factor: Factor) -> Option<f64> {
    let pairs = || {
        observations.iter().map(|observation| {
            let value = f64::from(observation.features.value(factor)) / f64::from(WHOLE);
            (value, f64::from(u8::from(observation.group == group)))
        })
    };
    let count: f64 = pairs().map(|_| 1.0).sum();
    let (values, members) =
        pairs().fold((0.0, 0.0), |(values, members), (value, member)| (values + value, members + member));
    let (mean_value, mean_member) = (values / count, members / count);
    let (mut both, mut of_value, mut of_member) = (0.0, 0.0, 0.0);
    for (value, member) in pairs() {
        let (value, member) = (value - mean_value, member - mean_member);
        both += value * member;
        of_value += value * value;
        of_member += member * member;
    }
    let spread = (of_value * of_member).sqrt();
    // Equal values leave only rounding errors.
    (spread > 1e-9).then(|| both / spread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::FACTORS;

    fn exactly(_: char, count: usize) -> usize {
        count
    }

    fn observations(group: char, people: u32, suggestions: u32, hours: u16) -> impl Iterator<Item = Observation<char>> {
        (0..people * suggestions).map(move |i| {
            let mut values = [Some(5_000); FACTORS];
            values[Factor::Availability as usize] = Some(hours);
            values[Factor::Workload as usize] = Some(if i % 2 == 0 { 0 } else { 10_000 });
            let person = Uuid::from_u64_pair(u64::from(u32::from(group)), u64::from(i % people));
            Observation { person, group, features: Features::from(values) }
        })
    }

    #[test]
    fn a_feature_that_correlates_with_a_group_is_found() {
        let observations: Vec<_> = observations('a', 40, 2, 2_500).chain(observations('b', 40, 2, 10_000)).collect();
        let proxies = proxies(&['a', 'b'], &observations, exactly);
        assert_eq!(proxies.len(), 2 * FACTORS);
        let flagged: Vec<_> =
            proxies.iter().filter(|proxy| proxy.is_flagged()).map(|proxy| (proxy.group, proxy.factor)).collect();
        assert_eq!(flagged, [('a', Factor::Availability), ('b', Factor::Availability)]);
        let of = |factor: Factor| proxies[factor as usize].correlation;
        assert!((of(Factor::Availability).unwrap() + 1.0).abs() < 1e-9, "members of a have the fewest hours");
        assert!(of(Factor::Workload).unwrap().abs() < 1e-9);
        assert_eq!(of(Factor::Style), None);
    }

    #[test]
    fn many_suggestions_do_not_make_a_group_large() {
        let observations: Vec<_> = observations('a', 40, 1, 0)
            .chain(observations('b', 50, 1, 0))
            .chain(observations('c', 5, 30, 10_000))
            .collect();
        let proxies = |groups: &[char], observations: &[Observation<char>]| proxies(groups, observations, exactly);
        let found = proxies(&['a', 'b', 'c'], &observations);
        assert!(found.len() == FACTORS && found.iter().all(|proxy| proxy.group == 'b'));
        assert_eq!(
            proxies(&['a', 'b', 'c'], &observations[..90]).len(),
            FACTORS,
            "an empty group is withheld like a small one"
        );
        assert_eq!(proxies(&[], &[]), []);
    }
}
