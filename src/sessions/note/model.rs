//! What a note is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{NoteId, PairId, PersonId, SessionId};
use crate::pairs::model::Standing;
use crate::policy::acts::{ChangeNote, ReadNote};
use crate::policy::{Home, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::text::Text;

places! {
    /// The text of a note.
    NoteText = notes.text of NoteId, ForBoth: Private Text;
}

/// What one of the two wrote down for both.
#[derive(Clone, Debug, FromRow)]
pub struct Note {
    /// Names the note.
    pub id: NoteId,
    /// The session it is about.
    pub session_id: SessionId,
    /// The pair that talked.
    pub pair_id: PairId,
    /// Who stands how to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Who wrote it.
    pub author_id: PersonId,
    /// What it says.
    pub text: Sealed<NoteText>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed words were written.
    pub words_revision: i64,
}

impl Note {
    /// Where its text lives.
    pub fn home(&self) -> Home<NoteText> {
        Home::for_both(self.id, self.standing.two(self.pair_id), &self.author_id, self.session_id, self.words_revision)
    }
}

impl Related for Note {
    fn relations(&self, viewer: &Viewer) -> Relations {
        self.standing.relations(viewer).and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadNote> for Note {}
impl Takes<ChangeNote> for Note {}
