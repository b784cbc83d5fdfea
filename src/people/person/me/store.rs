//! The SQL of the viewer.

use super::model::{CoordinatedProgram, Me};
use crate::db::{Tx, query};
use crate::policy::{Subject, Viewer};
use crate::text::Name;

/// Finds the viewer. `None`: the viewer was deleted during the request.
pub async fn find(tx: &mut Tx, viewer: &Viewer) -> sqlx::Result<Option<Me>> {
    let found = match &viewer.subject {
        Subject::Person(id) => query!(tx, "select name, title from people where id = :id", id = *id).optional().await?,
        Subject::Service(id, _) => {
            let found = query!(tx, "select name from service_accounts where id = :id", id = *id);
            found.optional::<(Name,)>().await?.map(|(name,)| (name, None))
        }
    };
    let Some((name, title)) = found else { return Ok(None) };
    let programs = if viewer.programs.is_empty() { Vec::new() } else { list_programs(tx, viewer).await? };
    Ok(Some(Me::new(viewer, name, title, programs)))
}

async fn list_programs(tx: &mut Tx, viewer: &Viewer) -> sqlx::Result<Vec<CoordinatedProgram>> {
    query!(tx, "select id, name from programs where id = any(:programs) order by id", programs = viewer.led())
        .all()
        .await
}
