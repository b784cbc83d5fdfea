//! What a notebook entry is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{NotebookEntryId, PairId, PersonId};
use crate::policy::acts::{ChangeNotebookEntry, ReadNotebookEntry};
use crate::policy::{Home, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::text::Text;

places! {
    /// What an entry says.
    NotebookEntryText = notebook_entries.text of NotebookEntryId, ForOneself: NeverShared Text;
}

/// One entry.
#[derive(Clone, Debug, FromRow)]
pub struct NotebookEntry {
    /// Names the entry.
    pub id: NotebookEntryId,
    /// The pair it is about.
    pub pair_id: PairId,
    /// Whose notebook it is.
    pub author_id: PersonId,
    /// What it says.
    pub text: Sealed<NotebookEntryText>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it changed last.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed words were written.
    pub words_revision: i64,
}

impl NotebookEntry {
    /// Where its text lives.
    pub fn home(&self) -> Home<NotebookEntryText> {
        Home::for_oneself(self.id, self.pair_id, self.author_id, self.pair_id, self.words_revision)
    }
}

/// Only the author stands to an entry at all.
impl Related for NotebookEntry {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadNotebookEntry> for NotebookEntry {}
impl Takes<ChangeNotebookEntry> for NotebookEntry {}
