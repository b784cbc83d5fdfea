//! The SQL of departments.

use super::model::Department;
use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::DepartmentId;
use crate::people::organisation::Organisation;
use crate::policy::acts::ChangeOrganisation;
use crate::policy::{Changed, Permit};
use crate::problem::{Code, OnClash as _, Problem};
use crate::text::Name;

const TAKEN: &str = "Another department has this name. Choose another name.";

macro_rules! select_department {
    ($rest:literal) => {
        concat!("select id, name, created_at, updated_at, revision from departments ", $rest)
    };
}

/// Finds one department.
pub async fn find(tx: &mut Tx, id: DepartmentId) -> sqlx::Result<Option<Department>> {
    tx.query(select_department!("where id = $1")).bind(id).optional().await
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
    match prefix.map(Name::prefixed) {
        Some((first, beyond)) => tx
            .query(select_department!("where id > $1 and name_folded >= $3 and name_folded < $4 order by id limit $2"))
            .bind(after)
            .bind(limit)
            .bind(first)
            .bind(beyond),
        None => tx.query(select_department!("where id > $1 order by id limit $2")).bind(after).bind(limit),
    }
}

/// Inserts a new department.
pub async fn insert(
    tx: &mut Tx,
    _permit: &Permit<ChangeOrganisation, Organisation>,
    department: &Department,
) -> Result<(), Problem> {
    tx.query(
        "insert into departments (id, name, name_folded, created_at, updated_at, revision) values ($1, $2, $3, $4, $5, 1)",
    )
    .bind(department.id)
    .bind(&department.name)
    .bind(department.name.folded())
    .bind(department.created_at)
    .bind(department.updated_at)
    .run()
    .await
    .on_taken("/name", TAKEN)?;
    Ok(())
}

/// Saves a changed department. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, department: &Changed<Department>) -> Result<(), Problem> {
    let touched = tx
        .query(
            "update departments set name = $3, name_folded = $4, updated_at = $5, revision = revision + 1
             where id = $1 and revision = $2",
        )
        .bind(department.id)
        .bind(department.revision)
        .bind(&department.name)
        .bind(department.name.folded())
        .bind(department.updated_at)
        .run()
        .await
        .on_taken("/name", TAKEN)?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Deletes a department without teams.
pub async fn delete(tx: &mut Tx, department: Permit<ChangeOrganisation, Department>) -> Result<(), Problem> {
    let gone = tx.query("delete from departments where id = $1").bind(department.id).run().await;
    gone.on_missing(|| {
        Problem::new(Code::StillInUse, "Teams belong to this department. Move them to another department first.")
    })?;
    Ok(())
}
