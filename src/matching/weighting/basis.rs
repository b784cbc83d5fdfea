//! The match model in use: its version, its weights, and what its scores mean. Programs without weights of their own
//! use it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::json;
use sqlx::FromRow;
use sqlx::types::Json;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;

use super::factor_weights::FactorWeights;
use crate::matching::engine::learn::{Curve, CurveStep, Steps};
use crate::matching::engine::{Calibration, Weights};

/// Version of a match model: `prior-1` was set by hand, `learnt-3` is the third learned one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct ModelVersion(i64);

impl ModelVersion {
    /// The version before any learning. Another set made by hand would get another name.
    pub const FIRST: Self = Self(0);
    const FIRST_NAME: &str = "prior-1";
    const LEARNT: &str = "learnt-";

    /// Sorts before every version, as the start of a list.
    pub const fn before_all() -> Self {
        Self(-1)
    }

    /// The next learned version.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for ModelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::FIRST { f.write_str(Self::FIRST_NAME) } else { write!(f, "{}{}", Self::LEARNT, self.0) }
    }
}

impl FromStr for ModelVersion {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == Self::FIRST_NAME {
            return Ok(Self::FIRST);
        }
        let number = text.strip_prefix(Self::LEARNT).and_then(|number| number.parse().ok()).map(Self);
        // Only the canonical spelling is accepted.
        let known = number.filter(|version| *version > Self::FIRST && version.to_string() == text);
        known.ok_or("must be `prior-1`, `learnt-1`, `learnt-2` and so on")
    }
}

impl Serialize for ModelVersion {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ModelVersion {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl PartialSchema for ModelVersion {
    fn schema() -> RefOr<Schema> {
        let name = ObjectBuilder::new().schema_type(Type::String).max_length(Some(26));
        name.pattern(Some("^(prior-1|learnt-[1-9][0-9]*)$")).examples([json!("learnt-3")]).into()
    }
}

impl ToSchema for ModelVersion {}

/// The id by which the audit log and idempotency know the record: the number in the last bits.
impl From<ModelVersion> for Uuid {
    fn from(version: ModelVersion) -> Self {
        Self::from_u64_pair(0, version.0.cast_unsigned())
    }
}

impl From<Uuid> for ModelVersion {
    fn from(id: Uuid) -> Self {
        Self(id.as_u64_pair().1.cast_signed())
    }
}

/// What scores mean, as it is stored: in whole millionths, so that every platform reads the same numbers and gives the
/// same levels.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptCurve {
    /// A line in log-odds.
    Line {
        /// Log-odds at the middle of the scale.
        intercept: i64,
        /// Log-odds gained over the whole scale.
        slope: i64,
    },
    /// The chance from each of these scores upwards.
    Steps(Vec<(u16, i64)>),
}

const MILLION: f64 = 1e6;

#[expect(clippy::cast_possible_truncation, reason = "a number of log-odds or a chance, far below 2^53 millionths")]
fn millionths(number: f64) -> i64 {
    (number * MILLION).round() as i64
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
fn number(millionths: i64) -> f64 {
    millionths as f64 / MILLION
}

impl From<&Curve> for KeptCurve {
    fn from(curve: &Curve) -> Self {
        match curve {
            Curve::Line(line) => Self::Line { intercept: millionths(line.intercept), slope: millionths(line.slope) },
            Curve::Steps(steps) => {
                Self::Steps(steps.as_slice().iter().map(|step| (step.from, millionths(step.chance))).collect())
            }
        }
    }
}

impl From<&KeptCurve> for Curve {
    fn from(kept: &KeptCurve) -> Self {
        match kept {
            KeptCurve::Line { intercept, slope } => {
                Self::Line(Calibration { intercept: number(*intercept), slope: number(*slope) })
            }
            KeptCurve::Steps(steps) => {
                let steps = steps.iter().map(|(from, chance)| CurveStep { from: *from, chance: number(*chance) });
                Steps::new(steps.collect()).map(Self::Steps).unwrap_or_default()
            }
        }
    }
}

/// The match model in use.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Basis {
    /// Version.
    #[sqlx(rename = "base_version")]
    pub version: ModelVersion,
    /// Weights; `None`: the initial ones.
    #[sqlx(rename = "base_weights")]
    pub weights: Option<Json<FactorWeights>>,
    /// Curve; `None`: the initial one.
    #[sqlx(rename = "base_curve")]
    pub curve: Option<Json<KeptCurve>>,
}

impl Basis {
    /// Weights of the factors.
    pub fn weights(&self) -> Weights {
        self.weights.and_then(|kept| kept.0.try_into().ok()).unwrap_or_default()
    }

    /// Chance that belongs to a score.
    pub fn curve(&self) -> Curve {
        self.curve.as_ref().map(|kept| Curve::from(&kept.0)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::matching::engine::Level;

    #[test]
    fn a_version_is_written_in_one_way() {
        for name in ["prior-1", "learnt-1", "learnt-42"] {
            assert_eq!(name.parse::<ModelVersion>().map(|version| version.to_string()).as_deref(), Ok(name));
        }
        for name in [
            "",
            "prior-2",
            "learnt-0",
            "learnt--1",
            "learnt-01",
            "learnt-+1",
            "learnt-1 ",
            "learnt-99999999999999999999",
        ] {
            assert!(name.parse::<ModelVersion>().is_err(), "{name}");
        }
        let version = ModelVersion::FIRST.next();
        assert_eq!(ModelVersion::from(Uuid::from(version)), version);
    }

    #[test]
    fn what_is_kept_of_a_curve_draws_the_same_lines() {
        let steps = vec![CurveStep { from: 1_000, chance: 0.399_999_9 }, CurveStep { from: 6_000, chance: 0.7 }];
        let curves = [Curve::default(), Curve::Steps(Steps::new(steps).unwrap())];
        for curve in curves {
            let kept = KeptCurve::from(&curve);
            let read: KeptCurve = serde_json::from_str(&serde_json::to_string(&kept).unwrap()).unwrap();
            let back = Curve::from(&read);
            assert_eq!(KeptCurve::from(&back), kept, "storing it again changes nothing");
            assert!((0..=10_000).all(|score| (back.chance(score) - curve.chance(score)).abs() < 1e-5));
        }
        let kept = Curve::from(&KeptCurve::Steps(vec![(1_000, 400_000), (6_000, 800_000)]));
        let levels = [0, 5_999, 6_000, 10_000].map(|score| kept.level(score));
        assert_eq!(levels, [Level::Low, Level::Low, Level::High, Level::High].map(Some));
        assert_eq!(Curve::from(&KeptCurve::Steps(vec![])), Curve::default());
    }
}
