//! The SQL of key results.

use super::model::KeyResult;
use crate::db::Tx;
use crate::goals::goal::model::Goal;
use crate::ids::{GoalId, KeyResultId, PersonId};
use crate::policy::acts::ChangeGoal;
use crate::policy::{Changed, Permit};
use crate::problem::Problem;

macro_rules! select_key_result {
    ($rest:literal) => {
        concat!(
            "select x.id, x.goal_id, x.pair_id, ",
            standing!(columns),
            ", x.title, x.kind, x.currency, x.start_value,
                x.target_value, x.current_value, x.weight, x.created_at, x.updated_at, x.revision
             from key_results x",
            standing!(tables),
            $rest
        )
    };
}

/// Finds one key result.
pub async fn find(tx: &mut Tx, id: KeyResultId) -> sqlx::Result<Option<KeyResult>> {
    tx.query(select_key_result!("where x.id = $1")).bind(id).optional().await
}

/// The key results of a goal, in order of creation.
pub async fn list(tx: &mut Tx, goal: GoalId) -> sqlx::Result<Vec<KeyResult>> {
    tx.query(select_key_result!("where x.goal_id = $1 order by x.id limit 20")).bind(goal).all().await
}

/// The key results of a person's pairs, in order of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<KeyResult>> {
    let all = tx.query(select_key_result!(
        "where x.pair_id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
         order by x.id limit $2"
    ));
    all.bind(party).bind(limit).all().await
}

/// Inserts a new key result. The goal has already been changed to include it.
pub async fn insert(tx: &mut Tx, goal: &Changed<Goal>, key_result: &KeyResult) -> sqlx::Result<()> {
    tx.query(
        "insert into key_results (id, goal_id, pair_id, title, kind, currency, start_value, target_value,
            current_value, weight, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1)",
    )
    .bind(key_result.id)
    .bind(goal.id)
    .bind(goal.pair_id)
    .bind(&key_result.title)
    .bind(key_result.kind)
    .bind(&key_result.currency)
    .bind(key_result.start_value)
    .bind(key_result.target_value)
    .bind(key_result.current_value)
    .bind(key_result.weight)
    .bind(key_result.created_at)
    .bind(key_result.updated_at)
    .run()
    .await?;
    Ok(())
}

/// Saves a changed key result. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, key_result: &Changed<KeyResult>) -> Result<(), Problem> {
    let touched = tx
        .query(
            "update key_results set title = $3, start_value = $4, target_value = $5, current_value = $6, weight = $7,
                updated_at = $8, revision = revision + 1
             where id = $1 and revision = $2",
        )
        .bind(key_result.id)
        .bind(key_result.revision)
        .bind(&key_result.title)
        .bind(key_result.start_value)
        .bind(key_result.target_value)
        .bind(key_result.current_value)
        .bind(key_result.weight)
        .bind(key_result.updated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Deletes a key result. Check-ins keep the values that they reported.
pub async fn delete(tx: &mut Tx, key_result: Permit<ChangeGoal, KeyResult>) -> sqlx::Result<()> {
    tx.query("delete from key_results where id = $1").bind(key_result.id).run().await?;
    Ok(())
}
