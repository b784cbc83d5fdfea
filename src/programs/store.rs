//! The SQL of programs.

use sqlx::FromRow;

use super::model::Model;
use crate::db::Tx;
use crate::ids::ProgramId;

/// What a program says of its pairs.
#[derive(Clone, Copy, Debug, FromRow)]
pub struct Terms {
    /// Their way of mentoring unless told.
    pub model: Model,
    /// Both have to say yes.
    pub asks_for_acceptance: bool,
}

/// What a program says of its pairs.
pub async fn find_terms(tx: &mut Tx, id: ProgramId) -> sqlx::Result<Option<Terms>> {
    tx.query("select model, asks_for_acceptance from programs where id = $1").bind(id).optional().await
}
