//! Where the sealed words of a session live.

use super::model::{CancellationReason, NewSession, Session};
use crate::ids::SessionId;
use crate::policy::{ForBoth, Home, Place, Two};

impl NewSession {
    /// Where place and link will live.
    pub fn home<P: Place<Row = SessionId, Kin = ForBoth>>(&self, two: Two) -> Home<P> {
        Home::for_both(self.id, two, &None, self.id, 0)
    }
}

impl Session {
    /// Where place and link live. Either of the two may have written one of them.
    pub fn home<P: Place<Row = SessionId, Kin = ForBoth>>(&self) -> Home<P> {
        Home::for_both(self.id, self.two(), &None, self.id, self.words_revision)
    }

    /// Where the reason lives why it was cancelled: who closed it wrote it.
    pub fn home_of_reason(&self) -> Home<CancellationReason> {
        Home::for_both(self.id, self.two(), &self.closed_by_id, self.id, self.words_revision)
    }
}
