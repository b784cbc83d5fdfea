//! The ten factors and their weights.

macro_rules! factors {
    ($($(#[$doc:meta])* $factor:ident = $name:literal, $weight:literal;)*) => {
        /// A factor of the score.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Factor { $($(#[$doc])* $factor,)* }

        impl Factor {
            /// Every factor, in the order of the table.
            pub const ALL: [Self; [$($weight,)*].len()] = [$(Self::$factor,)*];

            /// The name in the API.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$factor => $name,)* } }
        }

        /// The weights before anything is learnt.
        const FIRST: [u16; FACTORS] = [$($weight,)*];
    };
}

factors! {
    /// How far the mentor covers what the mentee wants to learn.
    SkillCoverage = "skill_coverage", 2_600;
    /// By how many levels the mentor is above the mentee.
    LevelGap = "level_gap", 1_400;
    /// Whether the mentor holds, held or is near the target role of the mentee.
    Aspiration = "aspiration", 1_200;
    /// How similar the working styles are. Private.
    Style = "style", 1_000;
    /// Whether the two named each other or the same topic.
    MutualInterest = "mutual_interest", 900;
    /// How much more experience the mentor has.
    ExperienceGap = "experience_gap", 700;
    /// How far apart the two are in the organisation.
    TeamDistance = "team_distance", 700;
    /// How many working hours the two share.
    Availability = "availability", 700;
    /// How much of the mentor's capacity is free.
    Workload = "workload", 600;
    /// Whether the two like the same meeting formats.
    Format = "format", 200;
}

/// Number of factors.
pub const FACTORS: usize = Factor::ALL.len();

/// The largest value of a factor, the sum of all weights, and the largest score.
pub const WHOLE: u16 = 10_000;

impl Factor {
    /// Whether the value comes from confidential answers. Such factors are shown only as one sum.
    #[must_use]
    pub const fn is_private(self) -> bool {
        matches!(self, Self::Style)
    }
}

/// How much each factor counts. The sum is always [`WHOLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weights([u16; FACTORS]);

/// The weights do not add up to [`WHOLE`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongSum(pub u32);

impl std::fmt::Display for WrongSum {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "the weights add up to {}, not to {WHOLE}", self.0)
    }
}

impl std::error::Error for WrongSum {}

impl Weights {
    /// Weights in the order of [`Factor::ALL`].
    ///
    /// # Errors
    /// When they do not add up to [`WHOLE`].
    pub const fn new(weights: [u16; FACTORS]) -> Result<Self, WrongSum> {
        let (mut sum, mut i) = (0, 0);
        while i < FACTORS {
            sum += weights[i] as u32;
            i += 1;
        }
        if sum == WHOLE as u32 { Ok(Self(weights)) } else { Err(WrongSum(sum)) }
    }

    /// Weights, computed factor by factor.
    ///
    /// # Errors
    /// When they do not add up to [`WHOLE`].
    pub fn by(weight: impl Fn(Factor) -> u16) -> Result<Self, WrongSum> {
        Self::new(Factor::ALL.map(weight))
    }

    /// The weight of one factor.
    #[must_use]
    pub const fn of(&self, factor: Factor) -> u16 {
        self.0[factor as usize]
    }
}

const _: () = assert!(Weights::new(FIRST).is_ok(), "the first weights must add up to 10 000");

impl Default for Weights {
    fn default() -> Self {
        Self(FIRST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_that_do_not_add_up_are_refused() {
        let mut weights = FIRST;
        weights[0] += 1;
        assert_eq!(Weights::new(weights), Err(WrongSum(10_001)));
    }
}
