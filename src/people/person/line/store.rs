//! The SQL of the reporting line.

use crate::db::{Query, Tx, UNLIMITED};
use crate::ids::PersonId;
use crate::people::person::model::Person;
use crate::people::person::store::{select_people, with_skills};
use crate::policy::Viewer;

values! {
    /// Depth of the reporting line below a person.
    #[derive(Default)]
    pub enum Depth {
        /// Only direct reports.
        #[default]
        Direct,
        /// Reports at any depth.
        All,
    }
}

/// One page of the reports of `manager`.
pub async fn list_under(
    tx: &mut Tx,
    viewer: &Viewer,
    manager: PersonId,
    depth: Depth,
    after: PersonId,
    limit: i64,
) -> sqlx::Result<Vec<Person>> {
    let people = under(tx, viewer, manager, depth, after, limit).all().await?;
    with_skills(tx, people).await
}

/// Number of reports of `manager`.
pub async fn count_under(tx: &mut Tx, viewer: &Viewer, manager: PersonId, depth: Depth) -> sqlx::Result<i64> {
    under(tx, viewer, manager, depth, PersonId::first(), UNLIMITED).count().await
}

fn under<'t>(
    tx: &'t mut Tx,
    viewer: &Viewer,
    manager: PersonId,
    depth: Depth,
    after: PersonId,
    limit: i64,
) -> Query<'t> {
    let query = tx.query(match depth {
        Depth::Direct => select_people!(
            ""; "where p.manager_id = $2 and p.id > $3 and p.status <> 'departed' order by p.id limit $4"
        ),
        Depth::All => select_people!(
            "with recursive line (id) as (
                select id from people where manager_id = $2
                union select u.id from line l join people u on u.manager_id = l.id
             )";
            "where p.id in (select id from line) and p.id > $3 and p.status <> 'departed' order by p.id limit $4"
        ),
    });
    query.bind(viewer.person()).bind(manager).bind(after).bind(limit)
}

/// The managers above `lower`, the direct one first, at most `limit`.
pub async fn list_upward(tx: &mut Tx, viewer: &Viewer, lower: PersonId, limit: i64) -> sqlx::Result<Vec<Person>> {
    let people = upward(tx, viewer, lower, limit).all().await?;
    with_skills(tx, people).await
}

/// Number of managers above `lower`.
pub async fn count_upward(tx: &mut Tx, viewer: &Viewer, lower: PersonId) -> sqlx::Result<i64> {
    upward(tx, viewer, lower, UNLIMITED).count().await
}

fn upward<'t>(tx: &'t mut Tx, viewer: &Viewer, lower: PersonId, limit: i64) -> Query<'t> {
    let query = tx.query(select_people!(
        "with recursive line (id, height) as (
            select manager_id, 1 from people where id = $2 and manager_id is not null
            union all
            select u.manager_id, l.height + 1 from line l join people u on u.id = l.id
            where u.manager_id is not null and l.height < $3
         )";
        "where p.id in (select id from line) order by (select height from line l where l.id = p.id)"
    ));
    query.bind(viewer.person()).bind(lower).bind(limit)
}
