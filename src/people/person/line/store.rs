//! The SQL of the reporting line.

use crate::db::{Query, Tx, UNLIMITED, query};
use crate::ids::PersonId;
use crate::people::person::model::Person;
use crate::people::person::store::{IS_IN_VIEWERS_PROGRAM, JOINS, SELECT, with_skills};
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
    let viewer = viewer.person();
    match depth {
        Depth::Direct => query!(
            tx,
            [
                SELECT,
                IS_IN_VIEWERS_PROGRAM,
                JOINS,
                "where p.manager_id = :manager and p.id > :after and p.status <> 'departed' order by p.id limit :limit"
            ],
            viewer,
            manager,
            after,
            limit
        ),
        Depth::All => query!(
            tx,
            [
                "with recursive line (id) as (
                    select id from people where manager_id = :manager
                    union select u.id from line l join people u on u.manager_id = l.id
                 )",
                SELECT,
                IS_IN_VIEWERS_PROGRAM,
                JOINS,
                "where p.id in (select id from line) and p.id > :after and p.status <> 'departed'
                 order by p.id limit :limit"
            ],
            viewer,
            manager,
            after,
            limit
        ),
    }
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
    query!(
        tx,
        [
            "with recursive line (id, height) as (
                select manager_id, 1 from people where id = :lower and manager_id is not null
                union all
                select u.manager_id, l.height + 1 from line l join people u on u.id = l.id
                where u.manager_id is not null and l.height < :limit
             )",
            SELECT,
            IS_IN_VIEWERS_PROGRAM,
            JOINS,
            "where p.id in (select id from line) order by (select height from line l where l.id = p.id)"
        ],
        viewer = viewer.person(),
        lower,
        limit
    )
}
