//! The note record.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{NoteId, PairId, PersonId, SessionId};
use crate::pairs::model::Standing;
use crate::policy::acts::{ChangeNote, ReadNote};
use crate::policy::{Home, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::text::Text;

places! {
    /// Text of a note.
    NoteText = notes.text of NoteId, ForBoth: Private Text;
}

/// A note of a session. The mentor and the mentee read it.
#[derive(Clone, Debug, FromRow)]
pub struct Note {
    /// Id of the note.
    pub id: NoteId,
    /// Id of the session.
    pub session_id: SessionId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// The people who have a relation to it.
    #[sqlx(flatten)]
    pub standing: Standing,
    /// Id of the author.
    pub author_id: PersonId,
    /// Text of the note.
    pub text: Sealed<NoteText>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed text was written.
    pub words_revision: i64,
}

impl Note {
    /// The context that the text is sealed for.
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
