//! The weights of all factors, as people write and read them.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::matching::engine::{Factor, WHOLE, Weights, WrongSum};
use crate::number::scales;

scales! {
    /// Weight of one factor, in ten-thousandths of the whole.
    FactorWeight from 0 to 10_000, such as 1_000;
}

macro_rules! factor_weights {
    ($($(#[$doc:meta])* $name:ident = $factor:ident;)+) => {
        /// Weights of the factors; together 10,000.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(deny_unknown_fields)]
        pub struct FactorWeights { $($(#[$doc])* pub $name: FactorWeight,)+ }

        impl TryFrom<FactorWeights> for Weights {
            type Error = WrongSum;

            fn try_from(factors: FactorWeights) -> Result<Self, WrongSum> {
                // Each weight is at most the whole, as its type ensures.
                let weight = |weight: FactorWeight| u16::try_from(i64::from(weight)).unwrap_or(WHOLE);
                Self::by(|factor| match factor { $(Factor::$factor => weight(factors.$name),)+ })
            }
        }

        impl TryFrom<Weights> for FactorWeights {
            type Error = &'static str;

            fn try_from(weights: Weights) -> Result<Self, Self::Error> {
                Ok(Self { $($name: i64::from(weights.of(Factor::$factor)).try_into()?,)+ })
            }
        }
    };
}

factor_weights! {
    /// Weight of the skills that the mentee wants to learn and the mentor can teach.
    skill_coverage = SkillCoverage;
    /// Weight of how well the difference between the levels of the mentor and the mentee suits the model of mentoring.
    level_gap = LevelGap;
    /// Weight of how close the mentor is to the role that the mentee aims for.
    aspiration = Aspiration;
    /// Weight of topics that both have chosen, and of naming each other.
    mutual_interest = MutualInterest;
    /// Weight of the years that the mentor has worked here longer.
    experience_gap = ExperienceGap;
    /// Weight of the distance of the two in the organisation.
    team_distance = TeamDistance;
    /// Weight of the working hours that the two share.
    availability = Availability;
    /// Weight of the free part of the capacity of the mentor.
    workload = Workload;
    /// Weight of the ways to meet that both prefer.
    format = Format;
    /// Weight of the similarity of how the two like to work. It applies only to people who agreed to it.
    personal_fit = Style;
}
