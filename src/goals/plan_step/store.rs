//! The SQL of plan steps.

use super::model::PlanStep;
use crate::db::{Tx, insert, query, save};
use crate::goals::goal::model::Goal;
use crate::ids::{GoalId, PersonId, PlanStepId};
use crate::pairs::store::PAIRS_OF_PERSON;
use crate::policy::acts::ChangeGoal;
use crate::policy::{Changed, Permit};
use crate::problem::{Problem, saved};

const SELECT: &str = concat!(
    "select x.id, x.goal_id, x.pair_id, ",
    standing!(columns),
    ", x.text, x.due_on, x.resources, x.is_done,
                x.created_at, x.updated_at, x.revision
             from plan_steps x",
    standing!(tables)
);

/// Finds one plan step.
pub async fn find(tx: &mut Tx, id: PlanStepId) -> sqlx::Result<Option<PlanStep>> {
    query!(tx, [SELECT, "where x.id = :id"], id).optional().await
}

/// The plan steps of a goal, in order of creation.
pub async fn list(tx: &mut Tx, goal: GoalId) -> sqlx::Result<Vec<PlanStep>> {
    query!(tx, [SELECT, "where x.goal_id = :goal order by x.id limit 50"], goal).all().await
}

/// The plan steps of a person's pairs, in order of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<PlanStep>> {
    let all = query!(
        tx,
        [SELECT, "where x.pair_id in", PAIRS_OF_PERSON, "order by x.id limit :limit"],
        person = party,
        limit
    );
    all.all().await
}

/// Inserts a new plan step of a goal.
pub async fn insert(tx: &mut Tx, goal: &Changed<Goal>, step: &PlanStep) -> sqlx::Result<()> {
    insert!(
        tx,
        "plan_steps",
        step { id, text, due_on, resources, is_done, created_at, updated_at },
        goal_id = goal.id,
        pair_id = goal.pair_id,
        revision = 1_i64
    )
    .run()
    .await?;
    Ok(())
}

/// Saves a changed plan step. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, step: &Changed<PlanStep>) -> Result<(), Problem> {
    saved(
        save!(
            tx,
            "update plan_steps set revision = revision + 1",
            step { text, due_on, resources, is_done, updated_at }
        )
        .run()
        .await?,
    )
}

/// Deletes a plan step.
pub async fn delete(tx: &mut Tx, step: Permit<ChangeGoal, PlanStep>) -> sqlx::Result<()> {
    query!(tx, "delete from plan_steps where id = :id", id = step.id).run().await?;
    Ok(())
}
