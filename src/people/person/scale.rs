//! The few numbers that a profile holds, each on its scale.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::number::whole;

macro_rules! scales {
    ($($(#[$doc:meta])* $name:ident from $least:literal to $most:literal, such as $example:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(i64);

        impl $name {
            /// Where the scale begins.
            pub const LOWEST: Self = Self($least);
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                whole(from)
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

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some($least)).maximum(Some($most));
                number.examples([serde_json::json!($example)]).into()
            }
        }

        impl ToSchema for $name {}
    )+};
}

scales! {
    /// How well somebody can teach a skill: 1 knows the basics, 5 is asked by experts.
    SkillLevel from 1 to 5, such as 4;
    /// How well somebody who wants to learn a skill has it today.
    CurrentLevel from 0 to 4, such as 1;
    /// How much a need matters: 1 would be nice, 3 matters most.
    Priority from 1 to 3, such as 3;
    /// Pairs that somebody would mentor at once.
    Capacity from 1 to 10, such as 3;
}
