//! The SQL of departments.

use super::model::Department;
use crate::db::{Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::DepartmentId;
use crate::people::organisation::Organisation;
use crate::policy::acts::ChangeOrganisation;
use crate::policy::{Changed, Permit};
use crate::problem::{Code, OnClash as _, Problem, saved};
use crate::text::Name;

const TAKEN: &str = "Another department has this name. Choose another name.";

const SELECT: &str = "select id, name, created_at, updated_at, revision from departments";

/// Finds one department.
pub async fn find(tx: &mut Tx, id: DepartmentId) -> sqlx::Result<Option<Department>> {
    query!(tx, [SELECT, "where id = :id"], id).optional().await
}

/// One page of departments after `after`, in order of creation. With `prefix`: only departments whose name starts with
/// it.
pub async fn list(
    tx: &mut Tx,
    prefix: Option<&Name>,
    after: DepartmentId,
    limit: i64,
) -> sqlx::Result<Vec<Department>> {
    listed(tx, prefix, after, limit).all().await
}

/// Number of departments on all pages.
pub async fn count(tx: &mut Tx, prefix: Option<&Name>) -> sqlx::Result<i64> {
    listed(tx, prefix, DepartmentId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, prefix: Option<&Name>, after: DepartmentId, limit: i64) -> Query<'t> {
    let Some((first, beyond)) = prefix.map(Name::prefixed) else {
        return query!(tx, [SELECT, "where id > :after order by id limit :limit"], after, limit);
    };
    query!(
        tx,
        [SELECT, "where id > :after and name_folded >= :first and name_folded < :beyond order by id limit :limit"],
        after,
        limit,
        first,
        beyond
    )
}

/// Inserts a new department.
pub async fn insert(
    tx: &mut Tx,
    _permit: &Permit<ChangeOrganisation, Organisation>,
    department: &Department,
) -> Result<(), Problem> {
    insert!(
        tx,
        "departments",
        department { id, name, created_at, updated_at },
        name_folded = department.name.folded(),
        revision = 1_i64
    )
    .run()
    .await
    .on_taken("/name", TAKEN)?;
    Ok(())
}

/// Saves a changed department. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, department: &Changed<Department>) -> Result<(), Problem> {
    saved(
        save!(
            tx,
            "update departments set revision = revision + 1",
            department { name, updated_at },
            name_folded = department.name.folded()
        )
        .run()
        .await
        .on_taken("/name", TAKEN)?,
    )
}

/// Deletes a department without teams.
pub async fn delete(tx: &mut Tx, department: Permit<ChangeOrganisation, Department>) -> Result<(), Problem> {
    let gone = query!(tx, "delete from departments where id = :id", id = department.id).run().await;
    gone.on_missing(|| {
        Problem::new(Code::StillInUse, "Teams belong to this department. Move them to another department first.")
    })?;
    Ok(())
}
