//! The SQL of plan steps.

use super::model::PlanStep;
use crate::db::Tx;
use crate::goals::goal::model::Goal;
use crate::ids::{GoalId, PersonId, PlanStepId};
use crate::policy::acts::ChangeGoal;
use crate::policy::{Changed, Permit};
use crate::problem::Problem;

macro_rules! select_plan_step {
    ($rest:literal) => {
        concat!(
            "select x.id, x.goal_id, x.pair_id, ",
            standing!(columns),
            ", x.text, x.due_on, x.resources, x.is_done,
                x.created_at, x.updated_at, x.revision
             from plan_steps x",
            standing!(tables),
            $rest
        )
    };
}

/// Finds one plan step.
pub async fn find(tx: &mut Tx, id: PlanStepId) -> sqlx::Result<Option<PlanStep>> {
    tx.query(select_plan_step!("where x.id = $1")).bind(id).optional().await
}

/// The plan steps of a goal, in order of creation.
pub async fn list(tx: &mut Tx, goal: GoalId) -> sqlx::Result<Vec<PlanStep>> {
    tx.query(select_plan_step!("where x.goal_id = $1 order by x.id limit 50")).bind(goal).all().await
}

/// The plan steps of a person's pairs, in order of creation, up to `limit`.
pub async fn list_of_party(tx: &mut Tx, party: PersonId, limit: i64) -> sqlx::Result<Vec<PlanStep>> {
    let all = tx.query(select_plan_step!(
        "where x.pair_id in (select id from pairs where mentor_id = $1 union all select id from pairs where mentee_id = $1)
         order by x.id limit $2"
    ));
    all.bind(party).bind(limit).all().await
}

/// Inserts a new plan step of a goal.
pub async fn insert(tx: &mut Tx, goal: &Changed<Goal>, step: &PlanStep) -> sqlx::Result<()> {
    tx.query(
        "insert into plan_steps (id, goal_id, pair_id, text, due_on, resources, is_done, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
    )
    .bind(step.id)
    .bind(goal.id)
    .bind(goal.pair_id)
    .bind(&step.text)
    .bind(step.due_on)
    .bind(&step.resources)
    .bind(step.is_done)
    .bind(step.created_at)
    .bind(step.updated_at)
    .run()
    .await?;
    Ok(())
}

/// Saves a changed plan step. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, step: &Changed<PlanStep>) -> Result<(), Problem> {
    let touched = tx
        .query(
            "update plan_steps set text = $3, due_on = $4, resources = $5, is_done = $6, updated_at = $7,
                revision = revision + 1
             where id = $1 and revision = $2",
        )
        .bind(step.id)
        .bind(step.revision)
        .bind(&step.text)
        .bind(step.due_on)
        .bind(&step.resources)
        .bind(step.is_done)
        .bind(step.updated_at)
        .run()
        .await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Deletes a plan step.
pub async fn delete(tx: &mut Tx, step: Permit<ChangeGoal, PlanStep>) -> sqlx::Result<()> {
    tx.query("delete from plan_steps where id = $1").bind(step.id).run().await?;
    Ok(())
}
