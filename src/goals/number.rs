//! The numbers of goals: bounded, and equal on both database engines.

use std::borrow::Cow;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::number::scales;

scales! {
    /// Progress in percent, from 0 to 100.
    Percent from 0 to 100, such as 40;
    /// Weight of a key result relative to the other key results of the same goal, from 1 to 100.
    Weight from 1 to 100, such as 1;
}

impl Percent {
    /// The share of `done` in `whole`, rounded half up. It is 100 only if everything is done, and 0 only if nothing is.
    /// If `whole` is 0, everything is done.
    pub fn of(done: i64, whole: i64) -> Self {
        match done {
            _ if done >= whole => Self::MOST,
            _ if done <= 0 => Self::LEAST,
            _ => {
                let (done, whole) = (i128::from(done), i128::from(whole));
                let rounded = (200 * done + whole) / (2 * whole);
                Self::near(i64::try_from(rounded).unwrap_or_default().clamp(1, 99))
            }
        }
    }
}

/// A decimal number with at most three decimal places, from -10¹² to 10¹². It is stored in whole thousandths, so that
/// no engine and no `ETag` rounds it differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct Amount(i64);

impl Amount {
    /// The largest absolute value.
    const LARGEST: f64 = 1e12;
    /// 0.
    pub const ZERO: Self = Self(0);
    /// 1.
    pub const ONE: Self = Self(1000);
    /// 100.
    pub const HUNDRED: Self = Self(100_000);

    /// Converts a number. `Err` has the reason.
    #[expect(clippy::cast_possible_truncation, reason = "checked to lie within 10¹⁵ thousandths")]
    #[expect(clippy::float_cmp, reason = "the double nearest to a decimal of three places is one, exactly")]
    pub fn parse(number: f64) -> Result<Self, &'static str> {
        if !number.is_finite() || number.abs() > Self::LARGEST {
            return Err("must be a number from -1000000000000 to 1000000000000");
        }
        let amount = Self((number * 1000.0).round() as i64);
        if amount.float() == number { Ok(amount) } else { Err("must have at most three decimal places") }
    }

    /// The amount in thousandths.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    #[expect(clippy::cast_precision_loss, reason = "10¹⁵ thousandths are exact in a double")]
    fn float(self) -> f64 {
        self.0 as f64 / 1000.0
    }
}

#[cfg(test)]
impl Amount {
    pub(super) const fn of(thousandths: i64) -> Self {
        Self(thousandths)
    }
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(f64::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl Serialize for Amount {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if self.0 % 1000 == 0 { to.serialize_i64(self.0 / 1000) } else { to.serialize_f64(self.float()) }
    }
}

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Number);
        let number = number.minimum(Some(-Self::LARGEST)).maximum(Some(Self::LARGEST));
        number
            .description(Some("Decimal number with at most three decimal places."))
            .examples([serde_json::json!(12.5)])
            .into()
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        "Amount".into()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn an_amount_survives_json(thousandths in -1_000_000_000_000_000_i64..=1_000_000_000_000_000) {
            let amount = Amount::of(thousandths);
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(serde_json::from_str::<Amount>(&json).unwrap(), amount, "{}", json);
        }

        #[test]
        fn any_number_is_an_amount_or_refused(number in any::<f64>()) {
            if let Ok(amount) = Amount::parse(number) {
                prop_assert!((amount.float() - number).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn invalid_amounts_are_refused() {
        for text in ["1.0005", "1e13", "-1000000000000.001", "\"1\"", "null", "0.0001"] {
            assert!(serde_json::from_str::<Amount>(text).is_err(), "{text}");
        }
        for (text, thousandths) in [("1", 1000), ("-0.0", 0), ("0.1", 100), ("1e12", 1_000_000_000_000_000)] {
            assert_eq!(serde_json::from_str::<Amount>(text).unwrap(), Amount::of(thousandths), "{text}");
        }
    }
}
