//! The macro that declares a view: its fields with their tiers, and how it is made of the record.

/// Declares a view: a struct in which each field begins with its tier (`public`, `manager_visible`, `private`,
/// `never_shared`). A field above `public` has the type [`Opened`](super::Opened) of its tier. So it takes only a value
/// that a `Clearance` opened from a [`Guarded`](super::Guarded) of the same tier. Each view ends with `withheld`.
///
/// `NoteView of note: Note, clearance` also shows the record: a field takes the field of the record with the same name,
/// opened if its tier is above `public`, or the value after `=`. Values that are needed before the record is taken apart
/// come first: `let home = note.home();`.
macro_rules! view {
    ($(#[$meta:meta])* $name:ident { $($body:tt)* }) => {
        $crate::policy::view!(@field [$(#[$meta])* $name] [] [] [] [] $($body)*);
    };
    ($(#[$meta:meta])* $name:ident of $record:ident: $type:ty, $clearance:ident { $($body:tt)* }) => {
        $crate::policy::view!(@field [$(#[$meta])* $name] [$record: $type, $clearance,] [] [] [] $($body)*);
    };
    (@field $head:tt [$($of:tt)*] $fields:tt $tiers:tt $fills:tt let $variable:pat_param = $value:expr; $($rest:tt)*) => {
        $crate::policy::view!(@field $head [$($of)* $variable = $value,] $fields $tiers $fills $($rest)*);
    };
    (@field $head:tt $of:tt $fields:tt $tiers:tt $fills:tt
        $(#[$meta:meta])* public $field:ident: $type:ty $(= $value:expr)?, $($rest:tt)*) => {
        $crate::policy::view!(@public $head $of $fields $tiers $fills
            [$(#[$meta])* pub $field: $type,] $field [$($value)?] $($rest)*);
    };
    (@field $head:tt $of:tt $fields:tt $tiers:tt $fills:tt
        $(#[$meta:meta])* manager_visible $field:ident: $type:ty $(= $value:expr)?, $($rest:tt)*) => {
        $crate::policy::view!(@guarded $head $of $fields $tiers $fills
            ManagerVisible [$(#[$meta])*] $field: $type, [$($value)?] $($rest)*);
    };
    (@field $head:tt $of:tt $fields:tt $tiers:tt $fills:tt
        $(#[$meta:meta])* private $field:ident: $type:ty $(= $value:expr)?, $($rest:tt)*) => {
        $crate::policy::view!(@guarded $head $of $fields $tiers $fills
            Private [$(#[$meta])*] $field: $type, [$($value)?] $($rest)*);
    };
    (@field $head:tt $of:tt $fields:tt $tiers:tt $fills:tt
        $(#[$meta:meta])* never_shared $field:ident: $type:ty $(= $value:expr)?, $($rest:tt)*) => {
        $crate::policy::view!(@guarded $head $of $fields $tiers $fills
            NeverShared [$(#[$meta])*] $field: $type, [$($value)?] $($rest)*);
    };
    (@public $head:tt $of:tt [$($fields:tt)*] [$($tiers:tt)*] [$($fills:tt)*]
        [$($declared:tt)*] $field:ident $value:tt $($rest:tt)*) => {
        $crate::policy::view!(@field $head $of
            [$($fields)* $($declared)*]
            [$($tiers)* (stringify!($field), $crate::policy::Tier::Public),]
            [$($fills)* public $field $value,]
            $($rest)*);
    };
    (@guarded $head:tt $of:tt [$($fields:tt)*] [$($tiers:tt)*] [$($fills:tt)*]
        $tier:ident [$(#[$meta:meta])*] $field:ident: $type:ty, $value:tt $($rest:tt)*) => {
        $crate::policy::view!(@field $head $of
            [$($fields)*
                $(#[$meta])*
                #[serde(skip_serializing_if = "crate::policy::Opened::is_hidden")]
                #[schema(value_type = $type, required = false)]
                pub $field: $crate::policy::Opened<$crate::policy::$tier, $type>,]
            [$($tiers)* (stringify!($field), $crate::policy::Tier::$tier),]
            [$($fills)* guarded $field $value,]
            $($rest)*);
    };
    (@field [$(#[$meta:meta])* $name:ident] $of:tt [$($fields:tt)*] [$($tiers:tt)*] $fills:tt) => {
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

        $crate::policy::view!(@viewed $name $of $fills);
    };
    (@viewed $name:ident [] $fills:tt) => {};
    (@viewed $name:ident [$record:ident: $type:ty, $clearance:ident, $($variable:pat_param = $value:expr,)*]
        [$($tier:ident $field:ident $filled:tt,)*]) => {
        impl $crate::policy::Viewed for $type {
            type View = $name;

            fn view(self, $clearance: &$crate::policy::Clearance) -> $name {
                let $record = self;
                $(let $variable = $value;)*
                $name {
                    $($field: $crate::policy::view!(@fill $tier $field $filled $record $clearance),)*
                    withheld: $clearance.withheld::<$name>(),
                }
            }
        }
    };
    (@fill $tier:ident $field:ident [$value:expr] $record:ident $clearance:ident) => { $value };
    (@fill public $field:ident [] $record:ident $clearance:ident) => { $record.$field };
    (@fill guarded $field:ident [] $record:ident $clearance:ident) => { $clearance.show($record.$field) };
}
pub(crate) use view;
