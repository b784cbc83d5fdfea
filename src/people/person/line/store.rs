//! The SQL of the reporting line.

use crate::db::Tx;
use crate::ids::PersonId;
use crate::people::person::model::Person;
use crate::people::person::store::{select_people, with_skills};
use crate::policy::Viewer;

/// One page of the people who report to `manager` directly.
pub async fn list_direct(
    tx: &mut Tx,
    viewer: &Viewer,
    manager: PersonId,
    after: PersonId,
    limit: i64,
) -> sqlx::Result<Vec<Person>> {
    let people = tx
        .query(select_people!(
            ""; "where p.manager_id = $2 and p.id > $3 and p.status <> 'departed' order by p.id limit $4"
        ))
        .bind(viewer.person())
        .bind(manager)
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    with_skills(tx, people).await
}

/// One page of the people under `manager`, at any depth.
pub async fn list_all(
    tx: &mut Tx,
    viewer: &Viewer,
    manager: PersonId,
    after: PersonId,
    limit: i64,
) -> sqlx::Result<Vec<Person>> {
    let people = tx
        .query(select_people!(
            "with recursive line (id) as (
                select id from people where manager_id = $2
                union select u.id from line l join people u on u.manager_id = l.id
             )";
            "where p.id in (select id from line) and p.id > $3 and p.status <> 'departed' order by p.id limit $4"
        ))
        .bind(viewer.person())
        .bind(manager)
        .bind(after)
        .bind(limit)
        .all()
        .await?;
    with_skills(tx, people).await
}

/// The managers above `lower`, the nearest first, at most `limit`.
pub async fn list_upward(tx: &mut Tx, viewer: &Viewer, lower: PersonId, limit: i64) -> sqlx::Result<Vec<Person>> {
    let people = tx
        .query(select_people!(
            "with recursive line (id, height) as (
                select manager_id, 1 from people where id = $2 and manager_id is not null
                union all
                select u.manager_id, l.height + 1 from line l join people u on u.id = l.id
                where u.manager_id is not null and l.height < $3
             )";
            "where p.id in (select id from line) order by (select height from line l where l.id = p.id)"
        ))
        .bind(viewer.person())
        .bind(lower)
        .bind(limit)
        .all()
        .await?;
    with_skills(tx, people).await
}
