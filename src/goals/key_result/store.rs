//! The SQL of key results.

use super::model::KeyResult;
use crate::db::{Tx, insert, query, save};
use crate::goals::goal::model::Goal;
use crate::ids::{GoalId, KeyResultId, PersonId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::acts::ChangeGoal;
use crate::policy::{Changed, Permit};
use crate::problem::{Problem, saved};

const SELECT: &str = concat!(
    "select x.id, x.goal_id, x.pair_id, ",
    standing!(columns),
    ", x.title, x.kind, x.currency, x.start_value,
                x.target_value, x.current_value, x.weight, x.created_at, x.updated_at, x.revision
             from key_results x",
    standing!(tables)
);

/// Finds one key result.
pub async fn find(tx: &mut Tx, id: KeyResultId) -> sqlx::Result<Option<KeyResult>> {
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
}

/// The key results of a goal, in order of creation.
pub async fn list(tx: &mut Tx, goal: GoalId) -> sqlx::Result<Vec<KeyResult>> {
    query!(tx, [SELECT, "where x.goal_id = :goal order by x.id limit 20"], goal).all().await
}

/// The key results of a person's pairs, in order of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<KeyResult>> {
    let all = query!(
        tx,
        [SELECT, "where x.pair_id in", PAIRS_OF_PERSON, "order by x.id limit :limit"],
        person = party,
        limit
    );
    all.all().await
}

/// Inserts a new key result. The goal has already been changed to include it.
pub async fn insert(tx: &mut Tx, goal: &Changed<Goal>, key_result: &KeyResult) -> sqlx::Result<()> {
    insert!(
        tx,
        "key_results",
        key_result {
            id,
            title,
            kind,
            currency,
            start_value,
            target_value,
            current_value,
            weight,
            created_at,
            updated_at
        },
        goal_id = goal.id,
        pair_id = goal.pair_id,
        revision = 1_i64
    )
    .run()
    .await?;
    Ok(())
}

/// Saves a changed key result. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, key_result: &Changed<KeyResult>) -> Result<(), Problem> {
    saved(
        save!(
            tx,
            "update key_results set revision = revision + 1",
            key_result { title, start_value, target_value, current_value, weight, updated_at }
        )
        .run()
        .await?,
    )
}

/// Deletes a key result. Check-ins keep the values that they reported.
pub async fn delete(tx: &mut Tx, key_result: Permit<ChangeGoal, KeyResult>) -> sqlx::Result<()> {
    query!(tx, "delete from key_results where id = :id", id = key_result.id).run().await?;
    Ok(())
}
