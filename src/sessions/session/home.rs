//! The contexts that the sealed texts of a session are bound to.

use super::model::{CancellationReason, NewSession, Session};
use crate::ids::SessionId;
use crate::policy::{ForBoth, Home, PairPeople, Place};

impl NewSession {
    /// The context of place and link of a new session.
    pub fn home<P: Place<Row = SessionId, Ownership = ForBoth>>(&self, two: PairPeople) -> Home<P> {
        Home::for_both(self.id, two, &None, self.id, 0)
    }
}

impl Session {
    /// The context of place and link. It has no author: the mentor may have written one and the mentee the other.
    pub fn home<P: Place<Row = SessionId, Ownership = ForBoth>>(&self) -> Home<P> {
        Home::for_both(self.id, self.two(), &None, self.id, self.words_revision)
    }

    /// The context of the cancellation reason. Its author is the person who closed the session.
    pub fn home_of_reason(&self) -> Home<CancellationReason> {
        Home::for_both(self.id, self.two(), &self.closed_by_id, self.id, self.words_revision)
    }
}
