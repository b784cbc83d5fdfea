//! The SQL of weights.

use super::basis::Basis;
use super::model::ProgramWeights;
use crate::db::Tx;
use crate::ids::ProgramId;
use crate::policy::Changed;
use crate::problem::Problem;

/// Weights of a program. `None`: the program does not exist.
pub async fn find(tx: &mut Tx, program: ProgramId) -> sqlx::Result<Option<ProgramWeights>> {
    let found = tx.query(
        "select g.id as program_id, w.weights, coalesce(w.prefers_near_team, false) as prefers_near_team,
            coalesce(w.version, 0) as version, w.updated_at, m.version as base_version, m.weights as base_weights,
            m.curve as base_curve
         from programs g join match_models m on m.status = 'in_use' left join program_weights w on w.program_id = g.id
         where g.id = $1",
    );
    found.bind(program).optional().await
}

/// The match model in use.
pub async fn find_basis(tx: &mut Tx) -> sqlx::Result<Basis> {
    let found = tx.query(
        "select version as base_version, weights as base_weights, curve as base_curve
         from match_models where status = 'in_use'",
    );
    found.one().await
}

/// Saves the weights, unless another request changed them first.
pub async fn save(tx: &mut Tx, weights: &Changed<ProgramWeights>) -> Result<(), Problem> {
    let saved = tx.query(
        "insert into program_weights (program_id, weights, prefers_near_team, version, updated_at)
         values ($1, $2, $3, $4, $5)
         on conflict (program_id) do update set weights = excluded.weights,
            prefers_near_team = excluded.prefers_near_team, version = excluded.version, updated_at = excluded.updated_at
         where program_weights.version = excluded.version - 1",
    );
    let saved =
        saved.bind(weights.program_id).bind(weights.weights).bind(weights.prefers_near_team).bind(weights.version);
    let touched = saved.bind(weights.updated_at).run().await?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}
