//! Enums whose values are words, in JSON and in the database. The OpenAPI document explains each value with the comment
//! that stands on its variant, so a variant without a comment does not compile.

use serde::Serialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

/// Declares such enums.
///
/// Values are written in `snake_case`; `#[serde(rename = "…")]` (and `#[sqlx(rename = "…")]`) on a variant says otherwise.
/// `@may_grow` before `pub` says that later versions of the service may add values, and the document says so, too.
macro_rules! values {
    ($($(#[$($attr:tt)*])* $(@$growth:ident)? pub enum $name:ident { $($(#[$($variant_attr:tt)*])* $variant:ident,)+ })+) => {$(
        $(#[$($attr)*])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, ::serde::Serialize, ::serde::Deserialize, ::sqlx::Type)]
        #[serde(rename_all = "snake_case")]
        #[sqlx(type_name = "text", rename_all = "snake_case")]
        pub enum $name { $($(#[$($variant_attr)*])* $variant,)+ }

        impl ::utoipa::PartialSchema for $name {
            fn schema() -> ::utoipa::openapi::RefOr<::utoipa::openapi::schema::Schema> {
                $crate::values::schema(
                    text_of!($([$($attr)*])*),
                    may_grow!($($growth)?),
                    &[$((Self::$variant, text_of!($([$($variant_attr)*])*))),+],
                )
            }
        }

        impl ::utoipa::ToSchema for $name {}
    )+};
}

/// The comment at the head of these attributes.
macro_rules! text_of {
    ([doc = $line:literal] $($rest:tt)*) => { concat!($line, "\n", text_of!(@more $($rest)*)) };
    (@more [doc = $line:literal] $($rest:tt)*) => { concat!($line, "\n", text_of!(@more $($rest)*)) };
    (@more $($rest:tt)*) => { "" };
}

/// Whether later versions may add values.
macro_rules! may_grow {
    () => {
        false
    };
    (may_grow) => {
        true
    };
}

/// How the document shows an enum.
pub fn schema<V: Serialize>(text: &str, may_grow: bool, values: &[(V, &str)]) -> RefOr<Schema> {
    let names = values.iter().map(|(value, _)| serde_json::to_value(value).unwrap_or_default());
    let mut description = clean(text);
    if may_grow {
        description.push_str(" Later versions may add values: accept values that you do not know.");
    }
    description.push('\n');
    for (name, (_, meaning)) in names.clone().zip(values) {
        description += "\n- `";
        description += name.as_str().unwrap_or_default();
        description += "`: ";
        description += &clean(meaning);
    }
    let schema = ObjectBuilder::new().schema_type(SchemaType::Type(Type::String)).enum_values(Some(names));
    schema.description(Some(description)).build().into()
}

/// The lines of a comment as one.
fn clean(comment: &str) -> String {
    comment.lines().map(str::trim).collect::<Vec<_>>().join(" ").trim().to_owned()
}
