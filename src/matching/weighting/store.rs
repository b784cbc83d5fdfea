//! The SQL of weights.

use super::basis::Basis;
use super::model::ProgramWeights;
use crate::db::{Tx, query};
use crate::ids::ProgramId;
use crate::policy::Changed;
use crate::problem::{Problem, saved};

/// Weights of a program. `None`: the program does not exist.
pub async fn find(tx: &mut Tx, program: ProgramId) -> sqlx::Result<Option<ProgramWeights>> {
    query!(
        tx,
        "select g.id as program_id, w.weights, coalesce(w.prefers_near_team, false) as prefers_near_team,
            coalesce(w.version, 0) as version, w.updated_at, m.version as base_version,
            m.weights as base_weights, m.curve as base_curve
         from programs g join match_models m on m.status = 'in_use'
         left join program_weights w on w.program_id = g.id
         where g.id = :program",
        program
    )
    .optional()
    .await
}

/// The match model in use.
pub async fn find_basis(tx: &mut Tx) -> sqlx::Result<Basis> {
    query!(
        tx,
        "select version as base_version, weights as base_weights, curve as base_curve
         from match_models where status = 'in_use'"
    )
    .one()
    .await
}

/// Saves the weights, unless another request changed them first.
pub async fn save(tx: &mut Tx, weights: &Changed<ProgramWeights>) -> Result<(), Problem> {
    let touched = query!(
        tx,
        "insert into program_weights (program_id, weights, prefers_near_team, version, updated_at)
         values (:program_id, :weights, :prefers_near_team, :version, :updated_at)
         on conflict (program_id) do update set weights = excluded.weights,
            prefers_near_team = excluded.prefers_near_team, version = excluded.version,
            updated_at = excluded.updated_at
         where program_weights.version = excluded.version - 1",
        program_id = weights.program_id,
        weights = weights.weights,
        prefers_near_team = weights.prefers_near_team,
        version = weights.version,
        updated_at = weights.updated_at
    )
    .run()
    .await?;
    saved(touched)
}
