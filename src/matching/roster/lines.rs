//! The reporting line as the engine wants it: a span for each person, so that "above" is one comparison.
//!
//! Only managers have a number of their own. Whoever manages nobody stands at their manager's number with an empty span,
//! so that people come, go and change managers without moving anybody else.

use std::collections::HashMap;

use crate::ids::PersonId;
use crate::matching::engine::Span;

/// The places of all managers.
#[derive(Clone, Debug, Default)]
pub struct Lines(HashMap<PersonId, Place>);

#[derive(Clone, Copy, Debug)]
struct Place {
    manager: Option<PersonId>,
    span: Span,
}

/// A step of the walk through the tree.
enum Step {
    Enter(PersonId),
    Leave(PersonId),
}

impl Lines {
    /// The places of these managers, each with their own manager.
    pub fn of(managers: Vec<(PersonId, Option<PersonId>)>) -> Self {
        let mut reports: HashMap<Option<PersonId>, Vec<PersonId>> = HashMap::new();
        let mut places = HashMap::with_capacity(managers.len());
        for (person, manager) in managers {
            reports.entry(manager).or_default().push(person);
            places.insert(person, Place { manager, span: Span::OUTSIDE });
        }
        let tops = reports.get(&None).cloned().unwrap_or_default();
        let mut steps: Vec<Step> = tops.into_iter().map(Step::Enter).collect();
        let mut number = 0;
        while let Some(step) = steps.pop() {
            match step {
                Step::Enter(person) => {
                    if let Some(place) = places.get_mut(&person) {
                        place.span.enters = number;
                    }
                    number += 1;
                    steps.push(Step::Leave(person));
                    let below = reports.get(&Some(person)).into_iter().flatten();
                    steps.extend(below.copied().map(Step::Enter));
                }
                Step::Leave(person) => {
                    if let Some(place) = places.get_mut(&person) {
                        place.span.leaves = number;
                    }
                }
            }
        }
        Self(places)
    }

    /// The place of a person with this manager.
    pub fn span(&self, person: PersonId, manager: Option<PersonId>) -> Span {
        let own = self.0.get(&person).map(|place| place.span);
        let at = || self.0.get(&manager?).map(|place| Span { enters: place.span.enters, leaves: place.span.enters });
        own.or_else(at).unwrap_or(Span::OUTSIDE)
    }

    /// Whether these places still hold, now that a person has this manager. If not, they have to be made anew.
    pub fn fit(&self, person: PersonId, manager: Option<PersonId>) -> bool {
        let is_known = manager.is_none_or(|manager| self.0.contains_key(&manager));
        is_known && self.0.get(&person).is_none_or(|place| place.manager == manager)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    fn id(n: usize) -> PersonId {
        Uuid::from_u128(n as u128).into()
    }

    proptest! {
        /// Everybody has an earlier person as their manager, or nobody.
        #[test]
        fn a_span_holds_exactly_those_below(draws in prop::collection::vec(any::<prop::sample::Index>(), 1..40)) {
            let managers: Vec<Option<usize>> =
                draws.iter().enumerate().map(|(i, draw)| draw.index(i + 1).checked_sub(1)).collect();
            let manages = |i: usize| managers.contains(&Some(i));
            let places = managers.iter().enumerate().filter(|(i, _)| manages(*i));
            let lines = Lines::of(places.map(|(i, manager)| (id(i), manager.map(id))).collect());
            let span = |i: usize| lines.span(id(i), managers[i].map(id));
            for upper in 0..managers.len() {
                for lower in (0..managers.len()).filter(|lower| *lower != upper) {
                    let mut line = std::iter::successors(managers[lower], |at| managers[*at]);
                    prop_assert_eq!(span(upper).holds(span(lower)), line.any(|at| at == upper));
                }
            }
        }
    }

    #[test]
    fn who_manages_nobody_moves_freely() {
        let lines = Lines::of(vec![(id(1), None), (id(2), Some(id(1))), (id(3), Some(id(1)))]);
        assert!(lines.fit(id(9), Some(id(2))) && lines.fit(id(9), Some(id(3))) && lines.fit(id(9), None));
        assert!(!lines.fit(id(9), Some(id(8))), "a new manager needs a place");
        assert!(lines.fit(id(3), Some(id(1))) && !lines.fit(id(3), Some(id(2))), "a manager takes everybody along");
    }
}
