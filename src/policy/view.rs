//! Views: the visible form of records. A view declares the tier of each field; the OpenAPI document shows it.

use serde::Serialize;

use super::tiers::Tier;

/// The visible form of a record.
pub trait View: Serialize {
    /// The tier of each field, in order.
    const TIERS: &'static [(&'static str, Tier)];
}

/// Declares a view: a struct in which each field begins with its tier (`public`, `manager_visible`, `private`,
/// `never_shared`). A field above `public` has the type [`Opened`](super::Opened) of its tier. So it takes only a value
/// that a `Clearance` opened from a [`Guarded`](super::Guarded) of the same tier. Each view ends with `withheld`.
macro_rules! view {
    ($(#[$meta:meta])* $name:ident { $($body:tt)* }) => {
        $crate::policy::view!(@field [$(#[$meta])* $name] [] [] $($body)*);
    };
    (@field $head:tt [$($fields:tt)*] [$($tiers:tt)*] $(#[$meta:meta])* public $field:ident: $type:ty, $($rest:tt)*) => {
        $crate::policy::view!(@field $head
            [$($fields)* $(#[$meta])* pub $field: $type,]
            [$($tiers)* (stringify!($field), $crate::policy::Tier::Public),] $($rest)*);
    };
    (@field $head:tt [$($fields:tt)*] [$($tiers:tt)*] $(#[$meta:meta])* manager_visible $field:ident: $type:ty, $($rest:tt)*) => {
        $crate::policy::view!(@guarded $head [$($fields)*] [$($tiers)*] ManagerVisible $(#[$meta])* $field: $type, $($rest)*);
    };
    (@field $head:tt [$($fields:tt)*] [$($tiers:tt)*] $(#[$meta:meta])* private $field:ident: $type:ty, $($rest:tt)*) => {
        $crate::policy::view!(@guarded $head [$($fields)*] [$($tiers)*] Private $(#[$meta])* $field: $type, $($rest)*);
    };
    (@field $head:tt [$($fields:tt)*] [$($tiers:tt)*] $(#[$meta:meta])* never_shared $field:ident: $type:ty, $($rest:tt)*) => {
        $crate::policy::view!(@guarded $head [$($fields)*] [$($tiers)*] NeverShared $(#[$meta])* $field: $type, $($rest)*);
    };
    (@guarded $head:tt [$($fields:tt)*] [$($tiers:tt)*] $tier:ident $(#[$meta:meta])* $field:ident: $type:ty, $($rest:tt)*) => {
        $crate::policy::view!(@field $head
            [$($fields)*
                $(#[$meta])*
                #[serde(skip_serializing_if = "crate::policy::Opened::is_hidden")]
                #[schema(value_type = $type, required = false)]
                pub $field: $crate::policy::Opened<$crate::policy::$tier, $type>,]
            [$($tiers)* (stringify!($field), $crate::policy::Tier::$tier),] $($rest)*);
    };
    (@field [$(#[$meta:meta])* $name:ident] [$($fields:tt)*] [$($tiers:tt)*]) => {
        #[derive(Debug, serde::Serialize, utoipa::ToSchema)]
        $(#[$meta])*
        pub struct $name {
            $($fields)*
            /// Names of the fields that you may not see. They depend on your relation to the record, never on the
            /// values.
            // `http::openapi` moves the tiers from here to the properties.
            #[schema(value_type = Vec<String>, max_items = 50,
                     extensions(("x-tiers" = json!(<$name as $crate::policy::View>::TIERS))))]
            pub withheld: Vec<&'static str>,
        }

        impl $crate::policy::View for $name {
            const TIERS: &'static [(&'static str, $crate::policy::Tier)] = &[$($tiers)*];
        }
    };
}
pub(crate) use view;
