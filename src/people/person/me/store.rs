//! The SQL of the viewer.

use super::model::{CoordinatedProgram, Me};
use crate::db::{Ids, Sql, Tx};
use crate::policy::{Subject, Viewer};
use crate::text::Name;

/// Finds the viewer. `None`: the viewer was deleted during the request.
pub async fn find(tx: &mut Tx, viewer: &Viewer) -> sqlx::Result<Option<Me>> {
    let found = match &viewer.subject {
        Subject::Person(id) => tx.query("select name, title from people where id = $1").bind(*id).optional().await?,
        Subject::Service(id, _) => {
            let found = tx.query("select name from service_accounts where id = $1").bind(*id);
            found.optional::<(Name,)>().await?.map(|(name,)| (name, None))
        }
    };
    let Some((name, title)) = found else { return Ok(None) };
    let programs = if viewer.programs.is_empty() { Vec::new() } else { list_programs(tx, viewer).await? };
    Ok(Some(Me::new(viewer, name, title, programs)))
}

async fn list_programs(tx: &mut Tx, viewer: &Viewer) -> sqlx::Result<Vec<CoordinatedProgram>> {
    tx.query(Sql {
        sqlite: "select id, name from programs where id in (select unhex(value) from json_each($1)) order by id",
        postgres: "select id, name from programs where id = any($1) order by id",
    })
    .bind(viewer.programs.iter().copied().collect::<Ids>())
    .all()
    .await
}
