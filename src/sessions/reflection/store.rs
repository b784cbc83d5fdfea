//! The SQL of reflections.

use super::model::Reflection;
use crate::db::Tx;
use crate::ids::{PersonId, SessionId};
use crate::policy::acts::WriteInSession;
use crate::policy::{Changed, Permit, close, close_again};
use crate::problem::{Code, OnClash as _, Problem};
use crate::sessions::session::model::Session;

/// The reflection of an author on a session.
pub async fn find(tx: &mut Tx, author: PersonId, session: SessionId) -> sqlx::Result<Option<Reflection>> {
    let found = tx.query(
        "select id, session_id, pair_id, author_id, what_went_well, what_to_change, what_i_learned, next_step, energy,
            talk_share, created_at, updated_at, revision, words_revision
         from reflections where session_id = $1 and author_id = $2",
    );
    found.bind(session).bind(author).optional().await
}

/// The reflections of an author, by time of creation, up to `limit`.
pub async fn list_of_author(tx: &mut Tx, author: PersonId, limit: i64) -> sqlx::Result<Vec<Reflection>> {
    let reflections = tx.query(
        "select id, session_id, pair_id, author_id, what_went_well, what_to_change, what_i_learned, next_step, energy,
            talk_share, created_at, updated_at, revision, words_revision
         from reflections where author_id = $1 order by id limit $2",
    );
    reflections.bind(author).bind(limit).all().await
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
    tx.query(
        "insert into reflections (id, session_id, pair_id, author_id, what_went_well, what_to_change, what_i_learned,
            next_step, energy, talk_share, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
    )
    .bind(reflection.id)
    .bind(session.id)
    .bind(session.pair_id)
    .bind(reflection.author_id)
    .bind(what_went_well)
    .bind(what_to_change)
    .bind(what_i_learned)
    .bind(next_step)
    .bind(energy)
    .bind(talk_share)
    .bind(reflection.created_at)
    .bind(reflection.updated_at)
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
    let touched = tx
        .query(
            "update reflections set what_went_well = $3, what_to_change = $4, what_i_learned = $5, next_step = $6,
                energy = $7, talk_share = $8, updated_at = $9, revision = revision + 1,
                words_revision = words_revision + 1
             where id = $1 and revision = $2",
        )
        .bind(reflection.id)
        .bind(reflection.revision)
        .bind(what_went_well)
        .bind(what_to_change)
        .bind(what_i_learned)
        .bind(next_step)
        .bind(energy)
        .bind(talk_share)
        .bind(reflection.updated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}
