//! Where sealed words live and whose they are, as their record says it. Opening compares this with the data key and with
//! what was sealed: a row that somebody changed in the database is refused, and so is an older text put back.

use std::fmt;
use std::marker::PhantomData;

use uuid::Uuid;

use super::guarded::{Bare, Confidential as _, Guarded, Private};
use super::sealed::Place;
use crate::ids::{PairId, PersonId};
use crate::vault::{Address, Bound};

/// Whose words a place holds: decides what a record has to say before they open.
pub trait Kin: 'static {}

macro_rules! kin {
    ($($(#[$meta:meta])* $name:ident;)+) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug)]
        pub enum $name {}
        impl Kin for $name {}
    )+};
}
kin! {
    /// What one of the two of a pair wrote for both.
    ForBoth;
    /// What one of the two of a pair wrote for themselves.
    ForOneself;
    /// What belongs to one person, whoever it was that wrote it.
    OfPerson;
    /// What is said of a mentee and a mentor, and belongs to the mentee.
    OfMatch;
}

/// A pair and its two people, as the record says that the words hang on.
#[derive(Clone, Copy, Debug)]
pub struct Two {
    /// The pair.
    pub pair_id: PairId,
    /// Its mentor.
    pub mentor_id: PersonId,
    /// Its mentee.
    pub mentee_id: PersonId,
}

/// What a record says of who wrote its words; `None` where it does not say.
pub trait SaysAuthor {
    /// The author.
    fn author(&self) -> Option<PersonId>;
}

impl SaysAuthor for PersonId {
    fn author(&self) -> Option<PersonId> {
        Some(*self)
    }
}

impl SaysAuthor for Option<PersonId> {
    fn author(&self) -> Option<PersonId> {
        *self
    }
}

impl SaysAuthor for Guarded<Private, Bare<Option<PersonId>>> {
    fn author(&self) -> Option<PersonId> {
        self.inner().0
    }
}

/// Where sealed words live and whose they are.
///
/// It can only be made of what the kin of the place asks for. A note of a pair does not open for a person alone:
/// ```compile_fail
/// use mentorship::ids::{NoteId, PersonId};
/// use mentorship::policy::Home;
/// use mentorship::sessions::note::model::NoteText;
/// fn home(id: NoteId, author: PersonId) -> Home<NoteText> { Home::of_person(id, author, 0) }
/// ```
/// and with its pair, author and session it does:
/// ```
/// use mentorship::ids::{NoteId, PersonId, SessionId};
/// use mentorship::policy::{Home, Two};
/// use mentorship::sessions::note::model::NoteText;
/// fn home(id: NoteId, two: Two, author: PersonId, session: SessionId) -> Home<NoteText> {
///     Home::for_both(id, two, &author, session, 0)
/// }
/// ```
pub struct Home<P> {
    row: Uuid,
    bound: Bound,
    place: PhantomData<P>,
}

impl<P: Place<Kin = ForBoth>> Home<P> {
    /// Words of `author` (`None`: the record does not say of which of the two), which hang on the record `on`. `revision`
    /// counts how often the words of the row were written.
    pub fn for_both(row: P::Row, two: Two, author: &impl SaysAuthor, on: impl Into<Uuid>, revision: i64) -> Self {
        let around = [two.mentor_id.uuid(), two.mentee_id.uuid(), on.into(), Uuid::nil()];
        Self::new(row, Bound { scope_id: two.pair_id.uuid(), author_id: author.author(), around, revision })
    }

    /// Words in a row that `creator` made and that either of the two may have written.
    pub fn of_either(row: P::Row, two: Two, creator: PersonId, on: impl Into<Uuid>, revision: i64) -> Self {
        let around = [two.mentor_id.uuid(), two.mentee_id.uuid(), on.into(), creator.uuid()];
        Self::new(row, Bound { scope_id: two.pair_id.uuid(), author_id: None, around, revision })
    }
}

impl<P: Place<Kin = ForOneself>> Home<P> {
    /// Words of `author` for themselves about a pair, which hang on the record `on`.
    pub fn for_oneself(row: P::Row, pair: PairId, author: PersonId, on: impl Into<Uuid>, revision: i64) -> Self {
        let around = [Uuid::nil(), Uuid::nil(), on.into(), Uuid::nil()];
        Self::new(row, Bound { scope_id: pair.uuid(), author_id: Some(author), around, revision })
    }
}

impl<P: Place<Kin = OfPerson>> Home<P> {
    /// Words that belong to a person.
    pub fn of_person(row: P::Row, person: PersonId, revision: i64) -> Self {
        let bound = Bound { scope_id: person.uuid(), author_id: Some(person), around: [Uuid::nil(); 4], revision };
        Self::new(row, bound)
    }
}

impl<P: Place<Kin = OfMatch>> Home<P> {
    /// What is said of two people, and belongs to the mentee.
    pub fn of_match(row: P::Row, mentee: PersonId, mentor: PersonId) -> Self {
        let around = [mentor.uuid(), mentee.uuid(), Uuid::nil(), Uuid::nil()];
        Self::new(row, Bound { scope_id: mentee.uuid(), author_id: Some(mentee), around, revision: 0 })
    }
}

impl<P: Place> Home<P> {
    fn new(row: P::Row, bound: Bound) -> Self {
        Self { row: row.into(), bound, place: PhantomData }
    }

    /// The same once the words of the row are written again.
    #[must_use]
    pub(super) const fn next(self) -> Self {
        let Bound { scope_id, author_id, around, revision } = self.bound;
        Self { bound: Bound { scope_id, author_id, around, revision: revision + 1 }, ..self }
    }

    /// Names the row.
    pub(super) const fn row(&self) -> Uuid {
        self.row
    }

    /// The scope of the data key.
    pub(super) const fn scope(&self) -> Uuid {
        self.bound.scope_id
    }

    pub(super) fn address(&self) -> Address {
        let Self { row, bound, .. } = *self;
        Address { table: P::TABLE, row, column: P::COLUMN, tier: P::Tier::TIER.name(), bound }
    }
}

impl<P> Clone for Home<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Home<P> {}

impl<P: Place> fmt::Debug for Home<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.address().fmt(f)
    }
}
