//! The labelled cases in a fixed order, each in a fixed fold of ten.

use uuid::Uuid;

use super::{
    case::Case,
    fit::{TERMS, TrainingRow},
    label::Label,
};
use crate::matching::engine::{Factor, Features, Score, Weights, random::Random, weights::WHOLE};

/// Number of folds. Each fold is predicted by a model learnt from the other nine.
pub(super) const FOLDS: usize = 10;
/// Number of divisions into folds.
pub(super) const DEALS: usize = 4;

/// One labelled case.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub id: Uuid,
    pub features: Features,
    pub label: Label,
    /// The fold in each division.
    pub folds: [usize; DEALS],
}

impl Example {
    /// The example for the model of all factors.
    pub fn row(&self) -> TrainingRow<TERMS> {
        let mut known = [1.0; TERMS];
        for (known, factor) in known[1..].iter_mut().zip(Factor::ALL) {
            *known = centred(self.features.value(factor));
        }
        TrainingRow { known, label: self.label.value, weight: self.label.weight }
    }

    pub fn score(&self, weights: &Weights) -> u16 {
        Score::of(self.features, weights).total()
    }

    /// The example with a score instead of features.
    pub const fn point(&self, score: u16) -> Point {
        Point { score, label: self.label.value, weight: self.label.weight }
    }
}

/// A score and the outcome that followed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub score: u16,
    pub label: f64,
    pub weight: f64,
}

/// The example for a model of the score alone.
pub(super) fn row_of_score(score: u16, label: f64, weight: f64) -> TrainingRow<2> {
    TrainingRow { known: [1.0, centred(score)], label, weight }
}

/// A value as −½ to ½. Scores and features have the same scale, and the intercept is the log-odds in the middle.
fn centred(value: u16) -> f64 {
    f64::from(value) / f64::from(WHOLE) - 0.5
}

/// The cases with a label, ordered by id. Sums of floating-point numbers depend on the order, so it must be fixed.
pub(super) fn sample(cases: &[Case], seed: u64) -> Vec<Example> {
    let mut examples: Vec<Example> = cases
        .iter()
        .filter_map(|case| {
            let label = Label::of(case)?;
            Some(Example { id: case.id, features: case.features, label, folds: folds(case.id, seed) })
        })
        .collect();
    examples.sort_unstable_by_key(|example| example.id);
    examples
}

/// The folds of a case depend only on its id and the seed, so new cases do not move old ones.
fn folds(id: Uuid, seed: u64) -> [usize; DEALS] {
    let (high, low) = id.as_u64_pair();
    let mut random = Random::new(Random::new(seed ^ high).next() ^ low);
    [(); DEALS].map(|()| random.index(FOLDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_are_even_and_differ_by_deal_and_seed() {
        let folds_of = |id: u128, seed| folds(Uuid::from_u128(id), seed);
        let mut sizes = [[0_u32; FOLDS]; DEALS];
        for id in 0..5_000 {
            sizes.iter_mut().zip(folds_of(id, 7)).for_each(|(sizes, fold)| sizes[fold] += 1);
        }
        assert!(sizes.iter().flatten().all(|size| (400..600).contains(size)), "{sizes:?}");
        assert!((0..100).any(|id| folds_of(id, 7) != folds_of(id, 8)));
        assert!((0..100).any(|id| folds_of(id, 7)[0] != folds_of(id, 7)[1]));
    }
}
