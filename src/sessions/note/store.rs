//! The SQL of notes.

use chrono::{DateTime, Utc};

use super::model::{Note, NoteText};
use crate::db::{Query, Tx, UNLIMITED, query, save};
use crate::ids::{NoteId, PersonId, SessionId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::acts::{ChangeNote, WriteInSession};
use crate::policy::{Changed, Home, Permit, Sealed, close, close_again};
use crate::problem::{Problem, saved};
use crate::sessions::session::model::{MAX_ITEMS, Session};

/// Selects notes with the people who have a relation to them. `n` is the row of `notes`.
const SELECT: &str =
    "select n.id, n.session_id, n.pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id,
        x.program_id, n.author_id, n.text, n.created_at, n.updated_at, n.revision,
        n.words_revision
     from notes n
     join pairs x on x.id = n.pair_id
     join people mentee on mentee.id = x.mentee_id";

/// A note to insert.
#[derive(Clone, Debug)]
pub struct NewNote {
    /// Id of the note.
    pub id: NoteId,
    /// Id of the author.
    pub author_id: PersonId,
    /// Text of the note.
    pub text: Sealed<NoteText>,
    /// Time of creation.
    pub created_at: DateTime<Utc>,
}

/// One note.
pub async fn find(tx: &mut Tx, id: NoteId) -> sqlx::Result<Option<Note>> {
    query!(tx, [SELECT, "where n.id = :id"], id).optional().await
}

/// One page of the notes of a session, by time of creation.
pub async fn list(tx: &mut Tx, session: SessionId, after: NoteId, limit: i64) -> sqlx::Result<Vec<Note>> {
    listed(tx, session, after, limit).all().await
}

/// Number of notes on all pages.
pub async fn count(tx: &mut Tx, session: SessionId) -> sqlx::Result<i64> {
    listed(tx, session, NoteId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, session: SessionId, after: NoteId, limit: i64) -> Query<'_> {
    query!(
        tx,
        [SELECT, "where n.session_id = :session and n.id > :after order by n.id limit :limit"],
        session,
        after,
        limit
    )
}

/// The notes of a person's pairs, by time of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Note>> {
    let notes = query!(
        tx,
        [SELECT, "where n.pair_id in", PAIRS_OF_PERSON, "order by n.id limit :limit"],
        person = party,
        limit
    );
    notes.all().await
}

/// Inserts a note. Refuses when the session has too many.
pub async fn insert(tx: &mut Tx, session: &Permit<WriteInSession, Session>, note: &NewNote) -> Result<(), Problem> {
    let home = Home::for_both(note.id, session.two(), &note.author_id, session.id, 0);
    let text = close(tx, home, &note.text).await?;
    let touched = query!(
        tx,
        "insert into notes (id, session_id, pair_id, author_id, text, created_at, updated_at, revision)
         select :id, :session_id, :pair_id, :author_id, :text, :created_at, :created_at, 1
             where (select count(*) from notes where session_id = :session_id) < :max_items",
        id = note.id,
        session_id = session.id,
        pair_id = session.pair_id,
        author_id = note.author_id,
        text,
        created_at = note.created_at,
        max_items = MAX_ITEMS
    )
    .run()
    .await?;
    if touched == 1 {
        Ok(())
    } else {
        Err(Problem::wrong_state("The session has 100 notes, which is the limit. Change or delete a note instead."))
    }
}

/// Saves a changed note, unless another request changed it first.
pub async fn save(tx: &mut Tx, note: &Changed<Note>) -> Result<(), Problem> {
    let text = close_again(tx, note.home(), &note.text).await?;
    saved(
        save!(
            tx,
            "update notes set revision = revision + 1, words_revision = words_revision + 1",
            note { updated_at },
            text
        )
        .run()
        .await?,
    )
}

/// Deletes a note.
pub async fn delete(tx: &mut Tx, note: Permit<ChangeNote, Note>) -> sqlx::Result<()> {
    query!(tx, "delete from notes where id = :id", id = note.id).run().await?;
    Ok(())
}
