//! The reporting tree as the engine needs it: a span of numbers for each person, so that "is above" is one comparison.
//!
//! Only managers have a number of their own. A person without reports has the number of the manager and an empty span.
//! Such people can join, leave and change managers, and no other span changes.

use std::collections::HashMap;

use crate::ids::PersonId;
use crate::matching::engine::Span;

/// The position of each manager in the reporting tree.
#[derive(Clone, Debug, Default)]
pub struct ReportingLines(HashMap<PersonId, Position>);

#[derive(Clone, Copy, Debug)]
struct Position {
    manager: Option<PersonId>,
    span: Span,
}

/// A step of the depth-first walk through the tree.
enum WalkStep {
    Enter(PersonId),
    Leave(PersonId),
}

impl ReportingLines {
    /// Numbers these managers. Each is given with their own manager.
    pub fn of(managers: Vec<(PersonId, Option<PersonId>)>) -> Self {
        let mut reports: HashMap<Option<PersonId>, Vec<PersonId>> = HashMap::new();
        let mut places = HashMap::with_capacity(managers.len());
        for (person, manager) in managers {
            reports.entry(manager).or_default().push(person);
            places.insert(person, Position { manager, span: Span::OUTSIDE });
        }
        let tops = reports.get(&None).cloned().unwrap_or_default();
        let mut steps: Vec<WalkStep> = tops.into_iter().map(WalkStep::Enter).collect();
        let mut number = 0;
        while let Some(step) = steps.pop() {
            match step {
                WalkStep::Enter(person) => {
                    if let Some(place) = places.get_mut(&person) {
                        place.span.enters = number;
                    }
                    number += 1;
                    steps.push(WalkStep::Leave(person));
                    let below = reports.get(&Some(person)).into_iter().flatten();
                    steps.extend(below.copied().map(WalkStep::Enter));
                }
                WalkStep::Leave(person) => {
                    if let Some(place) = places.get_mut(&person) {
                        place.span.leaves = number;
                    }
                }
            }
        }
        Self(places)
    }

    /// The span of a person who has this manager.
    pub fn span(&self, person: PersonId, manager: Option<PersonId>) -> Span {
        let own = self.0.get(&person).map(|place| place.span);
        let at = || self.0.get(&manager?).map(|place| Span { enters: place.span.enters, leaves: place.span.enters });
        own.or_else(at).unwrap_or(Span::OUTSIDE)
    }

    /// Whether the positions are still right when a person has this manager. If not, they must be computed again.
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
        /// The manager of each person is an earlier person, or none.
        #[test]
        fn a_span_holds_exactly_those_below(draws in prop::collection::vec(any::<prop::sample::Index>(), 1..40)) {
            let managers: Vec<Option<usize>> =
                draws.iter().enumerate().map(|(i, draw)| draw.index(i + 1).checked_sub(1)).collect();
            let manages = |i: usize| managers.contains(&Some(i));
            let places = managers.iter().enumerate().filter(|(i, _)| manages(*i));
            let lines = ReportingLines::of(places.map(|(i, manager)| (id(i), manager.map(id))).collect());
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
    fn a_person_without_reports_can_change_managers() {
        let lines = ReportingLines::of(vec![(id(1), None), (id(2), Some(id(1))), (id(3), Some(id(1)))]);
        assert!(lines.fit(id(9), Some(id(2))) && lines.fit(id(9), Some(id(3))) && lines.fit(id(9), None));
        assert!(!lines.fit(id(9), Some(id(8))), "a new manager needs a position");
        assert!(
            lines.fit(id(3), Some(id(1))) && !lines.fit(id(3), Some(id(2))),
            "a manager who moves changes other spans"
        );
    }
}
