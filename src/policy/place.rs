//! The columns of sealed fields: where a sealed text stands, and who owns it.

use serde::Serialize;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::guarded::Confidential;

/// Who owns the texts of a column. It decides which values of the record are needed to open them.
pub trait Ownership: 'static {}

macro_rules! ownerships {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
        impl Ownership for $name {}
    )+};
}
ownerships! {
    /// Text that one person of a pair wrote for both.
    ForBoth;
    /// Text that one person of a pair wrote for themselves.
    ForOneself;
    /// Text that belongs to one person, regardless of its author.
    OfPerson;
    /// Text about a mentee and a mentor. It belongs to the mentee.
    OfMatch;
}

/// The column of a sealed field. Declared by `places!` beside the model.
pub trait Place: 'static {
    /// The tier of the field.
    type Tier: Confidential;
    /// The id type of its row.
    type Row: Into<Uuid>;
    /// Who owns the text. It decides which values of the record are needed to make the [`Home`](super::Home) for
    /// opening it.
    type Ownership: Ownership;
    /// The type of the value.
    type Value: Clone + Serialize + DeserializeOwned + Send + Sync;
    /// The table.
    const TABLE: &'static str;
    /// The column.
    const COLUMN: &'static str;
}

/// Declares the columns of sealed fields: `NoteText = notes.text of NoteId, ForBoth: Private Text;`.
macro_rules! places {
    ($($(#[$meta:meta])* $name:ident = $table:ident.$column:ident of $row:ty, $ownership:ident: $tier:ident $value:ty;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
        impl $crate::policy::Place for $name {
            type Tier = $crate::policy::$tier;
            type Row = $row;
            type Ownership = $crate::policy::$ownership;
            type Value = $value;
            const TABLE: &'static str = stringify!($table);
            const COLUMN: &'static str = stringify!($column);
        }
    )+};
}
pub(crate) use places;
