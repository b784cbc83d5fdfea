//! The SQL of notes.

use chrono::{DateTime, Utc};

use super::model::{Note, NoteText};
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{NoteId, PersonId, SessionId};
use crate::policy::acts::{ChangeNote, WriteInSession};
use crate::policy::{Changed, Home, Permit, Sealed, close, close_again};
use crate::problem::Problem;
use crate::sessions::session::model::{MAX_ITEMS, Session};

/// Selects notes with the people who have a relation to them. `n` is the row of `notes`.
macro_rules! select_note {
    ($rest:literal) => {
        concat!(
            "select n.id, n.session_id, n.pair_id, x.mentor_id, x.mentee_id, mentee.manager_id as mentee_manager_id,
                x.program_id, n.author_id, n.text, n.created_at, n.updated_at, n.revision,
                n.words_revision
             from notes n
             join pairs x on x.id = n.pair_id
             join people mentee on mentee.id = x.mentee_id ",
            $rest
        )
    };
}

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
    tx.query(select_note!("where n.id = $1")).bind(id).optional().await
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
    let notes = tx.query(select_note!("where n.session_id = $1 and n.id > $2 order by n.id limit $3"));
    notes.bind(session).bind(after).bind(limit)
}

/// The notes of a person's pairs, by time of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<Note>> {
    let notes = tx.query(select_note!(
        "where n.pair_id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
         order by n.id limit $2"
    ));
    notes.bind(party).bind(limit).all().await
}

/// Inserts a note. Refuses when the session has too many.
pub async fn insert(tx: &mut Tx, session: &Permit<WriteInSession, Session>, note: &NewNote) -> Result<(), Problem> {
    let home = Home::for_both(note.id, session.two(), &note.author_id, session.id, 0);
    let text = close(tx, home, &note.text).await?;
    let touched = tx
        .query(
            "insert into notes (id, session_id, pair_id, author_id, text, created_at, updated_at, revision)
             select $1, $2, $3, $4, $5, $6, $6, 1 where (select count(*) from notes where session_id = $2) < $7",
        )
        .bind(note.id)
        .bind(session.id)
        .bind(session.pair_id)
        .bind(note.author_id)
        .bind(text)
        .bind(note.created_at)
        .bind(MAX_ITEMS)
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
    let touched = tx
        .query(
            "update notes set text = $3, updated_at = $4, revision = revision + 1, words_revision = words_revision + 1
             where id = $1 and revision = $2",
        )
        .bind(note.id)
        .bind(note.revision)
        .bind(text)
        .bind(note.updated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Deletes a note.
pub async fn delete(tx: &mut Tx, note: Permit<ChangeNote, Note>) -> sqlx::Result<()> {
    tx.query("delete from notes where id = $1").bind(note.id).run().await?;
    Ok(())
}
