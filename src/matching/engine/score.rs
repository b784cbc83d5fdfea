//! From features to one score. Whole numbers only, so that the parts add up exactly and all platforms agree.

use super::{
    features::Features,
    weights::{FACTORS, Factor, WHOLE, Weights},
};

/// What a feature of this value adds to the score: ⌊(weight × value + 5000) / 10 000⌋.
#[must_use]
pub const fn contribution(weight: u16, value: u16) -> u16 {
    let product = weight as u32 * value as u32 + WHOLE as u32 / 2;
    // At most the weight, because no value is above 10 000.
    #[expect(clippy::cast_possible_truncation, reason = "two numbers up to 10 000, divided by 10 000")]
    {
        (product / WHOLE as u32) as u16
    }
}

/// The score of one pair and what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Score {
    features: Features,
    parts: [u16; FACTORS],
}

impl Score {
    /// The score of these features.
    #[must_use]
    pub fn of(features: Features, weights: &Weights) -> Self {
        let parts = Factor::ALL.map(|factor| contribution(weights.of(factor), features.value(factor)));
        Self { features, parts }
    }

    /// The sum of all contributions, 0 to 10 000.
    #[must_use]
    pub fn total(&self) -> u16 {
        self.parts.iter().sum()
    }

    /// The contribution of one factor.
    #[must_use]
    pub const fn part(&self, factor: Factor) -> u16 {
        self.parts[factor as usize]
    }

    /// The features behind the score.
    #[must_use]
    pub const fn features(&self) -> &Features {
        &self.features
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any_weights() -> impl Strategy<Value = Weights> {
        // Shares of a whole between nine random cuts.
        prop::array::uniform9(0..=WHOLE).prop_map(|mut cuts| {
            cuts.sort_unstable();
            let mut weights = [0; FACTORS];
            for (i, weight) in weights.iter_mut().enumerate() {
                let from = if i == 0 { 0 } else { cuts[i - 1] };
                *weight = cuts.get(i).copied().unwrap_or(WHOLE) - from;
            }
            Weights::new(weights).unwrap()
        })
    }

    fn any_features() -> impl Strategy<Value = [Option<u16>; FACTORS]> {
        prop::array::uniform10(prop::option::weighted(0.8, 0..=WHOLE))
    }

    proptest! {
        #[test]
        fn the_parts_add_up_and_stay_within_a_whole(weights in any_weights(), values in any_features()) {
            let score = Score::of(values.into(), &weights);
            prop_assert_eq!(Factor::ALL.iter().map(|&f| score.part(f)).sum::<u16>(), score.total());
            prop_assert!(score.total() <= WHOLE);
        }

        #[test]
        fn raising_a_feature_never_lowers_the_score(
            weights in any_weights(), values in any_features(), which in 0..FACTORS, more in 0..=WHOLE,
        ) {
            let before = Features::from(values);
            let mut raised = values;
            raised[which] = Some(before.value(Factor::ALL[which]).max(more));
            let raised = Score::of(raised.into(), &weights);
            prop_assert!(raised.total() >= Score::of(before, &weights).total());
        }
    }
}
