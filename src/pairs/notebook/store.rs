//! The SQL of notebooks.

use super::model::NotebookEntry;
use crate::db::{Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::{NotebookEntryId, PairId, PersonId};
use crate::pairs::model::Pair;
use crate::policy::acts::{ChangeNotebookEntry, WriteNotebook};
use crate::policy::{Changed, Permit, close, close_again};
use crate::problem::{Problem, saved};

/// One entry.
pub async fn find(tx: &mut Tx, id: NotebookEntryId) -> sqlx::Result<Option<NotebookEntry>> {
    let found = query!(
        tx,
        "select id, pair_id, author_id, text, created_at, updated_at, revision, words_revision
         from notebook_entries where id = :id",
        id
    );
    found.optional().await
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
    query!(
        tx,
        "select id, pair_id, author_id, text, created_at, updated_at, revision, words_revision
            from notebook_entries
         where author_id = :author and pair_id = :pair and id > :after order by id limit :limit",
        author,
        pair,
        after,
        limit
    )
}

/// The entries of an author on all pairs, by time of creation, up to `limit`.
pub async fn list_of_author(tx: &mut Tx, author: PersonId, limit: i64) -> sqlx::Result<Vec<NotebookEntry>> {
    let entries = query!(
        tx,
        "select id, pair_id, author_id, text, created_at, updated_at, revision, words_revision
            from notebook_entries
         where author_id = :author order by id limit :limit",
        author,
        limit
    );
    entries.all().await
}

/// Inserts an entry.
pub async fn insert(tx: &mut Tx, pair: &Permit<WriteNotebook, Pair>, entry: &NotebookEntry) -> sqlx::Result<()> {
    let text = close(tx, entry.home(), &entry.text).await?;
    insert!(
        tx,
        "notebook_entries",
        entry { id, author_id, created_at, updated_at },
        pair_id = pair.id,
        text,
        revision = 1_i64
    )
    .run()
    .await?;
    Ok(())
}

/// Saves a changed entry, unless another request changed it first.
pub async fn save(tx: &mut Tx, entry: &Changed<NotebookEntry>) -> Result<(), Problem> {
    let text = close_again(tx, entry.home(), &entry.text).await?;
    saved(
        save!(
            tx,
            "update notebook_entries set revision = revision + 1, words_revision = words_revision + 1",
            entry { updated_at },
            text
        )
        .run()
        .await?,
    )
}

/// Deletes an entry.
pub async fn delete(tx: &mut Tx, entry: Permit<ChangeNotebookEntry, NotebookEntry>) -> sqlx::Result<()> {
    query!(tx, "delete from notebook_entries where id = :id", id = entry.id).run().await?;
    Ok(())
}
