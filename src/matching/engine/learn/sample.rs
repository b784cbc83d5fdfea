//! The labelled cases in one order whatever order they came in, each in one of ten folds for ever.

use uuid::Uuid;

use super::{
    case::Case,
    curve::Point,
    fit::{Row, TERMS},
    label::Label,
};
use crate::matching::engine::{Factor, Features, Score, Weights, random::Random, weights::WHOLE};

/// Into how many folds the cases are dealt: each fold is foretold by a model made of the other nine.
pub(super) const FOLDS: usize = 10;
/// How often they are dealt.
pub(super) const DEALS: usize = 4;

/// One labelled case.
#[derive(Debug, Clone)]
pub(super) struct Example {
    pub id: Uuid,
    pub features: Features,
    pub label: Label,
    /// Where each deal put it.
    pub folds: [usize; DEALS],
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

    pub fn score(&self, weights: &Weights) -> u16 {
        Score::of(self.features, weights).total()
    }

    /// What is left of it once it has a score.
    pub const fn point(&self, score: u16) -> Point {
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
            Some(Example { id: case.id, features: case.features, label, folds: folds(case.id, seed) })
        })
        .collect();
    examples.sort_unstable_by_key(|example| example.id);
    examples
}

/// The folds of a case depend on nothing but its id and the seed, so that new cases move no old one.
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
