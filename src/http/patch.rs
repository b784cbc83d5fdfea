//! JSON merge patch (RFC 7396): an absent member stays, `null` clears it, a value sets it.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer};

use crate::time::Day;

/// The change of one member. `Change<T>` is for a member that cannot be empty. `Change<Option<T>>` is for one that can:
/// only there `null` is accepted.
#[derive(Clone, Debug, Default)]
pub enum Change<T> {
    /// Absent: the member stays as it is.
    #[default]
    Keep,
    /// The new value.
    Set(T),
}

impl<T> Change<T> {
    /// Writes the change into `field`.
    pub fn apply<F: From<T>>(self, field: &mut F) {
        if let Self::Set(value) = self {
            *field = value.into();
        }
    }

    /// Converts the new value.
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Set(value) => Change::Set(convert(value)),
        }
    }

    /// The new value, if there is one.
    pub const fn set(&self) -> Option<&T> {
        match self {
            Self::Keep => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl Change<Option<Day>> {
    /// The change as a calendar date.
    pub fn date(self) -> Change<Option<NaiveDate>> {
        self.map(|day| day.map(NaiveDate::from))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Change<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::deserialize(from).map(Self::Set)
    }
}

/// Declares the input of a `PATCH`: every member may be absent, and unknown members are refused.
macro_rules! merge_patch {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident: $type:ty,)+ }) => {
        #[derive(Clone, Debug, serde::Deserialize, utoipa::ToSchema)]
        #[serde(deny_unknown_fields)]
        $(#[$meta])*
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(default)]
                #[schema(value_type = $type, required = false)]
                pub $field: $crate::http::Change<$type>,
            )+
        }

        impl $name {
            /// Whether all members are absent. Then nothing changes, not even `updated_at`.
            pub const fn is_empty(&self) -> bool {
                true $(&& matches!(self.$field, $crate::http::Change::Keep))+
            }
        }
    };
}
pub(crate) use merge_patch;
