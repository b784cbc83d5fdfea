//! The SQL of notebooks.

use super::model::NotebookEntry;
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::{NotebookEntryId, PairId, PersonId};
use crate::pairs::model::Pair;
use crate::policy::acts::{ChangeNotebookEntry, WriteNotebook};
use crate::policy::{Changed, Permit, close, close_again};
use crate::problem::Problem;

/// One entry.
pub async fn find(tx: &mut Tx, id: NotebookEntryId) -> sqlx::Result<Option<NotebookEntry>> {
    let found = tx.query(
        "select id, pair_id, author_id, text, created_at, updated_at, revision, words_revision from notebook_entries where id = $1",
    );
    found.bind(id).optional().await
}

/// One page of the entries of an author on a pair, by time of creation.
pub async fn list(
    tx: &mut Tx,
    author: PersonId,
    pair: PairId,
    after: NotebookEntryId,
    limit: i64,
) -> sqlx::Result<Vec<NotebookEntry>> {
    listed(tx, author, pair, after, limit).all().await
}

/// Number of entries on all pages.
pub async fn count(tx: &mut Tx, author: PersonId, pair: PairId) -> sqlx::Result<i64> {
    listed(tx, author, pair, NotebookEntryId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, author: PersonId, pair: PairId, after: NotebookEntryId, limit: i64) -> Query<'_> {
    tx.query(
        "select id, pair_id, author_id, text, created_at, updated_at, revision, words_revision from notebook_entries
         where author_id = $1 and pair_id = $2 and id > $3 order by id limit $4",
    )
    .bind(author)
    .bind(pair)
    .bind(after)
    .bind(limit)
}

/// The entries of an author on all pairs, by time of creation, up to `limit`.
pub async fn list_of_author(tx: &mut Tx, author: PersonId, limit: i64) -> sqlx::Result<Vec<NotebookEntry>> {
    let entries = tx.query(
        "select id, pair_id, author_id, text, created_at, updated_at, revision, words_revision from notebook_entries
         where author_id = $1 order by id limit $2",
    );
    entries.bind(author).bind(limit).all().await
}

/// Inserts an entry.
pub async fn insert(tx: &mut Tx, pair: &Permit<WriteNotebook, Pair>, entry: &NotebookEntry) -> sqlx::Result<()> {
    let text = close(tx, entry.home(), &entry.text).await?;
    tx.query(
        "insert into notebook_entries (id, pair_id, author_id, text, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, 1)",
    )
    .bind(entry.id)
    .bind(pair.id)
    .bind(entry.author_id)
    .bind(text)
    .bind(entry.created_at)
    .bind(entry.updated_at)
    .run()
    .await?;
    Ok(())
}

/// Saves a changed entry, unless another request changed it first.
pub async fn save(tx: &mut Tx, entry: &Changed<NotebookEntry>) -> Result<(), Problem> {
    let text = close_again(tx, entry.home(), &entry.text).await?;
    let touched = tx
        .query(
            "update notebook_entries set text = $3, updated_at = $4, revision = revision + 1,
                words_revision = words_revision + 1
             where id = $1 and revision = $2",
        )
        .bind(entry.id)
        .bind(entry.revision)
        .bind(text)
        .bind(entry.updated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Deletes an entry.
pub async fn delete(tx: &mut Tx, entry: Permit<ChangeNotebookEntry, NotebookEntry>) -> sqlx::Result<()> {
    tx.query("delete from notebook_entries where id = $1").bind(entry.id).run().await?;
    Ok(())
}
