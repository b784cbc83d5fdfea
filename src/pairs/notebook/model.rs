//! The notebook entry record.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::{NotebookEntryId, PairId, PersonId};
use crate::policy::acts::{ChangeNotebookEntry, ReadNotebookEntry};
use crate::policy::{Home, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::text::Text;

places! {
    /// Text of a notebook entry.
    NotebookEntryText = notebook_entries.text of NotebookEntryId, ForOneself: NeverShared Text;
}

/// A notebook entry.
#[derive(Clone, Debug, FromRow)]
pub struct NotebookEntry {
    /// Id of the entry.
    pub id: NotebookEntryId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// Id of the author.
    pub author_id: PersonId,
    /// Text of the entry.
    pub text: Sealed<NotebookEntryText>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
    /// Time of the last change.
    pub updated_at: DateTime<Utc>,
    /// Counts changes.
    pub revision: i64,
    /// Counts how often its sealed text was written.
    pub words_revision: i64,
}

impl NotebookEntry {
    /// The context that the text is sealed for.
    pub fn home(&self) -> Home<NotebookEntryText> {
        Home::for_oneself(self.id, self.pair_id, self.author_id, self.pair_id, self.words_revision)
    }
}

/// Only the author has a relation to an entry.
impl Related for NotebookEntry {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadNotebookEntry> for NotebookEntry {}
impl Takes<ChangeNotebookEntry> for NotebookEntry {}
