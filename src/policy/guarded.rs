//! Fields above `Public`: closed when a record is made, and opened only by a `Clearance`.

use std::fmt;
use std::marker::PhantomData;

use serde::{Serialize, Serializer};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

use super::tiers::Tier;

/// A tier as a type.
pub trait Confidential: 'static {
    /// The same tier as a value.
    const TIER: Tier;
}

macro_rules! tiers {
    ($($name:ident),+) => {$(
        #[doc = concat!("[`Tier::", stringify!($name), "`] as a type.")]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $name;
        impl Confidential for $name {
            const TIER: Tier = Tier::$name;
        }
    )+};
}
tiers!(ManagerVisible, Private, NeverShared);

/// The values that the database stores unsealed: all of `ManagerVisible`; of the other tiers only [`Bare`] ones.
pub trait InTheOpen<T> {}
impl<T> InTheOpen<T> for ManagerVisible {}
impl<T> InTheOpen<Bare<T>> for Private {}
impl<T> InTheOpen<Bare<T>> for NeverShared {}

/// A private value that is not sealed in the database, because SQL compares or joins it. This is the whole list; it may
/// only shrink:
/// - `sessions.closed_by_id`, `action_items.closed_by_id`: references to people;
/// - `action_items.due_on`, `action_items.closed_at`: days and times, no text;
/// - `people.consents_to_personal_fit`: whether suggestions may read the answers about working style.
#[derive(Clone, Copy, Debug, Default, sqlx::Type)]
#[sqlx(transparent)]
pub struct Bare<T>(pub T);

/// A field of a record, above `Public`. It has no `Serialize`, no `Display`, no `Deref` and no getter: only a
/// `Clearance` opens it.
///
/// Mistakes do not compile. A guarded field cannot be written as JSON:
/// ```compile_fail
/// use mentorship::policy::{Guarded, Private};
/// let note: Guarded<Private, String> = Guarded::new("hush".to_owned());
/// serde_json::to_string(&note).unwrap();
/// ```
/// It cannot be printed:
/// ```compile_fail
/// use mentorship::policy::{Guarded, Private};
/// let note: Guarded<Private, String> = Guarded::new("hush".to_owned());
/// println!("{note}");
/// ```
/// It cannot be used as its value:
/// ```compile_fail
/// use mentorship::policy::{Guarded, Private};
/// let note: Guarded<Private, String> = Guarded::new("hush".to_owned());
/// let text: &str = &note;
/// ```
/// A record with a guarded field cannot be serialized:
/// ```compile_fail
/// use mentorship::policy::{Guarded, Private};
/// #[derive(serde::Serialize)]
/// struct Note { text: Guarded<Private, String> }
/// ```
/// A private value cannot be bound to a statement, because private values must be `Sealed`:
/// ```compile_fail
/// use mentorship::{db::Tx, policy::{Guarded, Private}};
/// async fn save(tx: &mut Tx, note: Guarded<Private, String>) {
///     tx.query("update notes set text = $1").bind(note).run().await.unwrap();
/// }
/// ```
/// A manager-visible value can be bound:
/// ```
/// use mentorship::{db::Tx, policy::{Guarded, ManagerVisible}};
/// async fn save(tx: &mut Tx, outcome: Guarded<ManagerVisible, String>) {
///     tx.query("update sessions set outcome = $1").bind(outcome).run().await.unwrap();
/// }
/// ```
/// The examples above compile without the forbidden line:
/// ```
/// use mentorship::policy::{Guarded, Private};
/// struct Note { text: Guarded<Private, String> }
/// let note = Note { text: Guarded::new("hush".to_owned()) };
/// assert_eq!(format!("{:?}", note.text), "<Private>");
/// ```
#[derive(Clone)]
pub struct Guarded<C, T>(T, PhantomData<C>);

impl<C: Confidential, T> Guarded<C, T> {
    /// Closes a value.
    pub const fn new(value: T) -> Self {
        Self(value, PhantomData)
    }

    /// Opens the value. Only `policy` may use this.
    pub(super) fn into_inner(self) -> T {
        self.0
    }

    /// The value. Only `policy` may use this.
    pub(super) const fn inner(&self) -> &T {
        &self.0
    }
}

impl<C: Confidential, T: Default> Default for Guarded<C, T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<C: Confidential, T> From<T> for Guarded<C, T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<C: Confidential, T> fmt::Debug for Guarded<C, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{:?}>", C::TIER)
    }
}

impl<C: Confidential, T> From<T> for Guarded<C, Bare<T>> {
    fn from(value: T) -> Self {
        Self::new(Bare(value))
    }
}

impl<DB: Database, C: InTheOpen<T>, T: Type<DB>> Type<DB> for Guarded<C, T> {
    fn type_info() -> DB::TypeInfo {
        T::type_info()
    }

    fn compatible(ty: &DB::TypeInfo) -> bool {
        T::compatible(ty)
    }
}

impl<'r, DB: Database, C: InTheOpen<T>, T: Decode<'r, DB>> Decode<'r, DB> for Guarded<C, T> {
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        T::decode(value).map(|value| Self(value, PhantomData))
    }
}

impl<'q, DB: Database, C: InTheOpen<T>, T: Encode<'q, DB>> Encode<'q, DB> for Guarded<C, T> {
    fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        self.0.encode_by_ref(buf)
    }

    fn produces(&self) -> Option<DB::TypeInfo> {
        self.0.produces()
    }
}

/// A guarded field in a view: the value if the clearance opened it, or nothing. It has the tier in its type, so a view
/// cannot declare another tier than the record.
#[derive(Clone, Debug)]
pub struct Opened<C, T>(Option<T>, PhantomData<C>);

impl<C: Confidential, T> Opened<C, T> {
    pub(super) const fn new(value: Option<T>) -> Self {
        Self(value, PhantomData)
    }

    /// Whether the field is hidden. A hidden field is absent from the body; an empty one is `null`.
    pub const fn is_hidden(&self) -> bool {
        self.0.is_none()
    }

    /// The opened value, for a part of a larger view.
    pub fn into_value(self) -> Option<T> {
        self.0
    }

    /// Converts the value to the form that the view shows.
    pub fn map<U>(self, shape: impl FnOnce(T) -> U) -> Opened<C, U> {
        Opened::new(self.0.map(shape))
    }
}

impl<C, T: Serialize> Serialize for Opened<C, T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(to)
    }
}

/// A field of a record that a view shows under tier `C`: guarded by the same tier, or a plain value that the rules of
/// its record need and its view guards as private.
pub trait Showable<C, T> {
    /// The value, guarded.
    fn guarded(self) -> Guarded<C, T>;
}

impl<C: Confidential, T> Showable<C, T> for Guarded<C, T> {
    fn guarded(self) -> Self {
        self
    }
}

impl<T> Showable<Private, T> for T {
    fn guarded(self) -> Guarded<Private, T> {
        Guarded::new(self)
    }
}
