//! Whether a feature stands in for a group: the engine knows no protected attribute, but something it knows may go along
//! with one.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::suppression::hidden;
use crate::matching::engine::{Factor, Features, weights::WHOLE};

/// A correlation from here on is worth a look.
const NOTABLE: f64 = 0.3;

/// Somebody as a suggestion saw them; a person may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight<G> {
    /// Who.
    pub person: Uuid,
    /// The group, from the audit store.
    pub group: G,
    /// The features of the suggestion.
    pub features: Features,
}

/// How a feature goes along with being of a group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Proxy<G> {
    /// The group.
    pub group: G,
    /// The factor.
    pub factor: Factor,
    /// −1 to 1; above 0 where members have higher values than others. `None` where all have the same.
    pub correlation: Option<f64>,
}

impl<G> Proxy<G> {
    /// Whether the feature may stand in for the group.
    #[must_use]
    pub fn is_flagged(&self) -> bool {
        self.correlation.is_some_and(|correlation| correlation.abs() >= NOTABLE)
    }
}

/// Every factor with every one of these groups that may be told of, by group and then by factor; `told` says how a number
/// of people of a group is told. A value that is not known counts as the score counts it, since keeping silent may go along
/// with a group, too.
#[must_use]
pub fn proxies<G: Ord + Copy>(groups: &[G], sights: &[Sight<G>], told: impl Fn(G, usize) -> usize) -> Vec<Proxy<G>> {
    let mut people: BTreeMap<G, BTreeSet<Uuid>> = BTreeMap::new();
    for sight in sights {
        people.entry(sight.group).or_default().insert(sight.person);
    }
    let sizes = groups.iter().map(|group| told(*group, people.get(group).map_or(0, BTreeSet::len)));
    let hidden = hidden(&sizes.collect::<Vec<_>>());
    let shown = groups.iter().copied().zip(hidden).filter(|(_, hidden)| !hidden).map(|(group, _)| group);
    shown
        .flat_map(|group| {
            Factor::ALL.map(|factor| Proxy { group, factor, correlation: correlation(sights, group, factor) })
        })
        .collect()
}

/// Pearson's, between the value and being a member (1) or not (0).
fn correlation<G: Ord>(sights: &[Sight<G>], group: G, factor: Factor) -> Option<f64> {
    let pairs = || {
        sights.iter().map(|sight| {
            let value = f64::from(sight.features.value(factor)) / f64::from(WHOLE);
            (value, f64::from(u8::from(sight.group == group)))
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
    // Equal values leave no more than the noise of rounding.
    (spread > 1e-9).then(|| both / spread)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::FACTORS;

    fn exactly(_: char, count: usize) -> usize {
        count
    }

    fn sights(group: char, people: u32, suggestions: u32, hours: u16) -> impl Iterator<Item = Sight<char>> {
        (0..people * suggestions).map(move |i| {
            let mut values = [Some(5_000); FACTORS];
            values[Factor::Availability as usize] = Some(hours);
            values[Factor::Workload as usize] = Some(if i % 2 == 0 { 0 } else { 10_000 });
            let person = Uuid::from_u64_pair(u64::from(u32::from(group)), u64::from(i % people));
            Sight { person, group, features: Features::from(values) }
        })
    }

    #[test]
    fn a_feature_that_goes_along_with_a_group_is_found() {
        let sights: Vec<_> = sights('a', 40, 2, 2_500).chain(sights('b', 40, 2, 10_000)).collect();
        let proxies = proxies(&['a', 'b'], &sights, exactly);
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
        let sights: Vec<_> =
            sights('a', 40, 1, 0).chain(sights('b', 50, 1, 0)).chain(sights('c', 5, 30, 10_000)).collect();
        let proxies = |groups: &[char], sights: &[Sight<char>]| proxies(groups, sights, exactly);
        let found = proxies(&['a', 'b', 'c'], &sights);
        assert!(found.len() == FACTORS && found.iter().all(|proxy| proxy.group == 'b'));
        assert_eq!(proxies(&['a', 'b', 'c'], &sights[..90]).len(), FACTORS, "nobody is like a few");
        assert_eq!(proxies(&[], &[]), []);
    }
}
