//! Whole numbers from requests.

use std::fmt;

use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};

/// A whole number in JSON: `5.0` counts as well as `5`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whole(pub i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_i64(Reader)
    }
}

/// Reads a whole number into a type that checks its bounds.
pub fn whole<'de, D, T>(from: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: TryFrom<i64, Error: fmt::Display>,
{
    let Whole(number) = Whole::deserialize(from)?;
    T::try_from(number).map_err(Error::custom)
}

/// A share from 0 to 1 as a number of `parts`, such as 100 for percent, rounded half up. Only 1 gives all parts and
/// only 0 gives none: 0.999 is 99 percent.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and the parts")]
pub fn in_parts(share: f64, parts: u32) -> u32 {
    if share >= 1.0 {
        parts
    } else if share <= 0.0 {
        0
    } else {
        ((share * f64::from(parts)).round() as u32).clamp(1, parts - 1)
    }
}

/// Declares types for whole numbers within bounds.
macro_rules! scales {
    ($($(#[$doc:meta])* $name:ident from $least:literal to $most:literal, such as $example:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(i64);

        impl $name {
            /// The smallest number.
            pub const LEAST: Self = Self($least);
            /// The largest number.
            pub const MOST: Self = Self($most);

            /// The nearest allowed number.
            pub fn near(number: i64) -> Self {
                Self(number.clamp($least, $most))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::number::whole(from)
            }
        }

        impl TryFrom<i64> for $name {
            type Error = &'static str;

            fn try_from(number: i64) -> Result<Self, Self::Error> {
                if ($least..=$most).contains(&number) {
                    Ok(Self(number))
                } else {
                    Err(concat!("must be a whole number from ", $least, " to ", $most))
                }
            }
        }

        impl From<$name> for i64 {
            fn from(number: $name) -> Self {
                number.0
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let number = utoipa::openapi::schema::ObjectBuilder::new();
                let number = number.schema_type(utoipa::openapi::schema::Type::Integer);
                number.minimum(Some($least)).maximum(Some($most)).examples([serde_json::json!($example)]).into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )+};
}
pub(crate) use scales;

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Whole;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number")
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Whole, E> {
        Ok(Whole(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Whole, E> {
        // Larger numbers are outside every bound.
        Ok(Whole(i64::try_from(number).unwrap_or(i64::MAX)))
    }

    #[expect(clippy::cast_possible_truncation, reason = "larger numbers are outside every bound")]
    fn visit_f64<E: Error>(self, number: f64) -> Result<Whole, E> {
        if number.fract() == 0.0 {
            Ok(Whole(number as i64))
        } else {
            Err(E::invalid_type(Unexpected::Float(number), &self))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_all_is_shown_as_all_and_nothing_as_nothing() {
        for (share, percent) in [(0.0, 0), (1e-9, 1), (0.004, 1), (0.125, 13), (0.5, 50), (0.999, 99), (1.0, 100)] {
            assert_eq!(in_parts(share, 100), percent, "{share}");
        }
        assert_eq!(in_parts(-0.1, 100), 0);
        assert_eq!(in_parts(1.1, 1_000), 1_000);
    }

    #[test]
    fn a_whole_number_may_be_written_with_a_point() {
        for (text, number) in [("5", 5), ("5.0", 5), ("-5e0", -5), ("5e2", 500), ("1e300", i64::MAX), ("-0.0", 0)] {
            assert_eq!(serde_json::from_str::<Whole>(text).unwrap(), Whole(number), "{text}");
        }
        for text in ["5.5", "\"5\"", "null", "true", "[5]"] {
            assert!(serde_json::from_str::<Whole>(text).is_err(), "{text}");
        }
    }
}
