//! The labelled cases in one order whatever order they came in, each in one of ten folds for ever.

use uuid::Uuid;

use super::{
    case::Case,
    curve::Point,
    fit::{Row, TERMS},
    label::Label,
};
use crate::matching::engine::{Factor, Features, Score, Weights, random::Random, weights::WHOLE};

/// Into how many parts the cases are dealt: each is foretold by a model made of the other nine.
pub(super) const FOLDS: u32 = 10;

/// One labelled case.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub id: Uuid,
    pub features: Features,
    pub label: Label,
    pub fold: u32,
}

impl Example {
    /// What the model of all factors sees of it.
    pub fn row(&self) -> Row<TERMS> {
        let mut known = [1.0; TERMS];
        for (known, factor) in known[1..].iter_mut().zip(Factor::ALL) {
            *known = centred(self.features.value(factor));
        }
        Row { known, label: self.label.value, weight: self.label.weight }
    }

    /// What is left of it once it has a score.
    pub fn point(&self, weights: &Weights) -> Point {
        let score = Score::of(self.features, weights).total();
        Point { score, label: self.label.value, weight: self.label.weight }
    }
}

/// What a model of the score alone sees.
pub(super) fn row_of_score(score: u16, label: f64, weight: f64) -> Row<2> {
    Row { known: [1.0, centred(score)], label, weight }
}

/// −½ to ½: a score and its features stay on one scale, and the intercept is the log-odds at the middle of it.
fn centred(value: u16) -> f64 {
    f64::from(value) / f64::from(WHOLE) - 0.5
}

/// The labelled ones of these cases, by id: sums of fractions depend on their order, so there must be but one.
pub(super) fn sample(cases: &[Case], seed: u64) -> Vec<Example> {
    let mut examples: Vec<Example> = cases
        .iter()
        .filter_map(|case| {
            let label = Label::of(case)?;
            Some(Example { id: case.id, features: case.features, label, fold: fold(case.id, seed) })
        })
        .collect();
    examples.sort_unstable_by_key(|example| example.id);
    examples
}

/// The fold of a case depends on nothing but its id and the seed, so that new cases move no old one.
fn fold(id: Uuid, seed: u64) -> u32 {
    let (high, low) = id.as_u64_pair();
    let mixed = Random::new(seed ^ high).next() ^ low;
    Random::new(mixed).below(FOLDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_even_and_depend_on_the_seed() {
        let fold_of = |id: u128, seed| fold(Uuid::from_u128(id), seed);
        let mut sizes = [0_u32; FOLDS as usize];
        (0..5_000).for_each(|id| sizes[fold_of(id, 7) as usize] += 1);
        assert!(sizes.iter().all(|size| (400..600).contains(size)), "{sizes:?}");
        assert!((0..100).any(|id| fold_of(id, 7) != fold_of(id, 8)));
    }
}
