//! The SQL of reflections.

use super::model::Reflection;
use crate::db::{Tx, insert, query, save};
use crate::ids::{PersonId, SessionId};
use crate::policy::acts::WriteInSession;
use crate::policy::{Changed, Permit, close, close_again};
use crate::problem::{Code, OnClash as _, Problem, saved};
use crate::sessions::session::model::Session;

/// The reflection of an author on a session.
pub async fn find(tx: &mut Tx, author: PersonId, session: SessionId) -> sqlx::Result<Option<Reflection>> {
    let found = query!(
        tx,
        "select id, session_id, pair_id, author_id, what_went_well, what_to_change, what_i_learned,
            next_step, energy,
            talk_share, created_at, updated_at, revision, words_revision
         from reflections where session_id = :session and author_id = :author",
        session,
        author
    );
    found.optional().await
}

/// The reflections of an author, by time of creation, up to `limit`.
pub async fn list_of_author(tx: &mut Tx, author: PersonId, limit: i64) -> sqlx::Result<Vec<Reflection>> {
    let reflections = query!(
        tx,
        "select id, session_id, pair_id, author_id, what_went_well, what_to_change, what_i_learned,
            next_step, energy,
            talk_share, created_at, updated_at, revision, words_revision
         from reflections where author_id = :author order by id limit :limit",
        author,
        limit
    );
    reflections.all().await
}

/// Inserts a reflection.
pub async fn insert(
    tx: &mut Tx,
    session: &Permit<WriteInSession, Session>,
    reflection: &Reflection,
) -> Result<(), Problem> {
    let what_went_well = close(tx, reflection.home(), &reflection.what_went_well).await?;
    let what_to_change = close(tx, reflection.home(), &reflection.what_to_change).await?;
    let what_i_learned = close(tx, reflection.home(), &reflection.what_i_learned).await?;
    let next_step = close(tx, reflection.home(), &reflection.next_step).await?;
    let energy = close(tx, reflection.home(), &reflection.energy).await?;
    let talk_share = close(tx, reflection.home(), &reflection.talk_share).await?;
    insert!(
        tx,
        "reflections",
        reflection { id, author_id, created_at, updated_at },
        session_id = session.id,
        pair_id = session.pair_id,
        what_went_well,
        what_to_change,
        what_i_learned,
        next_step,
        energy,
        talk_share,
        revision = 1_i64
    )
    .run()
    .await
    .on_unique(
        Code::ChangedMeanwhile,
        "Another request of yours wrote the reflection at the same moment. Read it again.",
    )?;
    Ok(())
}

/// Saves a changed reflection, unless another request changed it first.
pub async fn save(tx: &mut Tx, reflection: &Changed<Reflection>) -> Result<(), Problem> {
    let what_went_well = close_again(tx, reflection.home(), &reflection.what_went_well).await?;
    let what_to_change = close_again(tx, reflection.home(), &reflection.what_to_change).await?;
    let what_i_learned = close_again(tx, reflection.home(), &reflection.what_i_learned).await?;
    let next_step = close_again(tx, reflection.home(), &reflection.next_step).await?;
    let energy = close_again(tx, reflection.home(), &reflection.energy).await?;
    let talk_share = close_again(tx, reflection.home(), &reflection.talk_share).await?;
    saved(
        save!(
            tx,
            "update reflections set revision = revision + 1, words_revision = words_revision + 1",
            reflection { updated_at },
            what_went_well,
            what_to_change,
            what_i_learned,
            next_step,
            energy,
            talk_share
        )
        .run()
        .await?,
    )
}
