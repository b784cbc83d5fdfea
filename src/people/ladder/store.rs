//! The SQL of career ladders and their roles.

use chrono::{DateTime, Utc};

use super::model::{CareerLadder, LadderRole};
use crate::db::{Ids, Query, Sql, Tx, UNLIMITED};
use crate::ids::{CareerLadderId, LadderRoleId};
use crate::people::organisation::Organisation;
use crate::policy::acts::ChangeOrganisation;
use crate::policy::{Changed, Permit, Viewer, readable};
use crate::problem::{Code, OnClash as _, Problem};

const TAKEN: &str = "Another ladder has this name. Choose another name.";
const ROLE_TAKEN: &str = "Another role of the ladder has this name. Choose another name.";
const ROLE_IN_USE: &str = "People have this role or work towards it. Give them another role first.";

macro_rules! select_ladder {
    ($rest:literal) => {
        concat!("select id, name, track, created_at, updated_at, revision from career_ladders ", $rest)
    };
}

macro_rules! select_role {
    ($rest:literal) => {
        concat!(
            "select r.id, r.ladder_id, l.name as ladder_name, l.track, r.name, r.level
             from ladder_roles r join career_ladders l on l.id = r.ladder_id ",
            $rest
        )
    };
}

/// Finds one ladder with its roles.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: CareerLadderId) -> sqlx::Result<Option<CareerLadder>> {
    let found = tx.query(select_ladder!("where id = $1")).bind(id).optional().await?;
    let Some(ladder) = readable(viewer, found) else { return Ok(None) };
    Ok(with_roles(tx, vec![ladder]).await?.pop())
}

/// One page of ladders after `after`, in order of creation.
pub async fn list(tx: &mut Tx, after: CareerLadderId, limit: i64) -> sqlx::Result<Vec<CareerLadder>> {
    let ladders = listed(tx, after, limit).all().await?;
    with_roles(tx, ladders).await
}

/// Number of ladders on all pages.
pub async fn count(tx: &mut Tx) -> sqlx::Result<i64> {
    listed(tx, CareerLadderId::first(), UNLIMITED).count().await
}

fn listed(tx: &mut Tx, after: CareerLadderId, limit: i64) -> Query<'_> {
    tx.query(select_ladder!("where id > $1 order by id limit $2")).bind(after).bind(limit)
}

/// Adds the roles of all `ladders` in one statement.
async fn with_roles(tx: &mut Tx, mut ladders: Vec<CareerLadder>) -> sqlx::Result<Vec<CareerLadder>> {
    let roles: Vec<LadderRole> = tx
        .query(Sql {
            sqlite: select_role!(
                "where r.ladder_id in (select unhex(value) from json_each($1)) order by r.ladder_id, r.level, r.id"
            ),
            postgres: select_role!("where r.ladder_id = any($1) order by r.ladder_id, r.level, r.id"),
        })
        .bind(ladders.iter().map(|ladder| ladder.id).collect::<Ids>())
        .all()
        .await?;
    for ladder in &mut ladders {
        ladder.roles = roles.iter().filter(|role| role.ladder_id == ladder.id).cloned().collect();
    }
    Ok(ladders)
}

/// Inserts a new ladder with its roles.
pub async fn insert(
    tx: &mut Tx,
    _permit: &Permit<ChangeOrganisation, Organisation>,
    ladder: &CareerLadder,
) -> Result<(), Problem> {
    tx.query(
        "insert into career_ladders (id, name, name_folded, track, created_at, updated_at, revision)
         values ($1, $2, $3, $4, $5, $6, 1)",
    )
    .bind(ladder.id)
    .bind(&ladder.name)
    .bind(ladder.name.folded())
    .bind(ladder.track)
    .bind(ladder.created_at)
    .bind(ladder.updated_at)
    .run()
    .await
    .on_taken("/name", TAKEN)?;
    for role in &ladder.roles {
        write_role(tx, role).await?;
    }
    Ok(())
}

/// Saves a changed ladder. Refuses if another request changed it first. Roles are saved separately.
pub async fn save(tx: &mut Tx, ladder: &Changed<CareerLadder>) -> Result<(), Problem> {
    let touched = tx
        .query(
            "update career_ladders set name = $3, name_folded = $4, track = $5, updated_at = $6, revision = revision + 1
             where id = $1 and revision = $2",
        )
        .bind(ladder.id)
        .bind(ladder.revision)
        .bind(&ladder.name)
        .bind(ladder.name.folded())
        .bind(ladder.track)
        .bind(ladder.updated_at)
        .run()
        .await
        .on_taken("/name", TAKEN)?;
    if touched == 1 { Ok(()) } else { Err(Problem::changed_meanwhile()) }
}

/// Deletes a ladder and its roles. Refuses if people have one of the roles or work towards it.
pub async fn delete(tx: &mut Tx, ladder: Permit<ChangeOrganisation, CareerLadder>) -> Result<(), Problem> {
    let gone = tx.query("delete from ladder_roles where ladder_id = $1").bind(ladder.id).run().await;
    gone.on_missing(|| {
        Problem::new(
            Code::StillInUse,
            "People have roles of this ladder or work towards them. Give them other roles first.",
        )
    })?;
    tx.query("delete from career_ladders where id = $1").bind(ladder.id).run().await?;
    Ok(())
}

/// Finds one role.
pub async fn find_role(tx: &mut Tx, id: LadderRoleId) -> sqlx::Result<Option<LadderRole>> {
    tx.query(select_role!("where r.id = $1")).bind(id).optional().await
}

/// Inserts a new role of a ladder.
pub async fn insert_role(
    tx: &mut Tx,
    ladder: &Permit<ChangeOrganisation, CareerLadder>,
    role: &LadderRole,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    write_role(tx, role).await?;
    touch(tx, ladder.id, now).await
}

async fn write_role(tx: &mut Tx, role: &LadderRole) -> Result<(), Problem> {
    tx.query("insert into ladder_roles (id, ladder_id, name, name_folded, level) values ($1, $2, $3, $4, $5)")
        .bind(role.id)
        .bind(role.ladder_id)
        .bind(&role.name)
        .bind(role.name.folded())
        .bind(role.level)
        .run()
        .await
        .on_taken("/name", ROLE_TAKEN)?;
    Ok(())
}

/// Saves a changed role.
pub async fn save_role(tx: &mut Tx, role: &Changed<LadderRole>, now: DateTime<Utc>) -> Result<(), Problem> {
    tx.query("update ladder_roles set name = $2, name_folded = $3, level = $4 where id = $1")
        .bind(role.id)
        .bind(&role.name)
        .bind(role.name.folded())
        .bind(role.level)
        .run()
        .await
        .on_taken("/name", ROLE_TAKEN)?;
    touch(tx, role.ladder_id, now).await
}

/// Deletes a role. Refuses if people have it or work towards it.
pub async fn delete_role(
    tx: &mut Tx,
    role: Permit<ChangeOrganisation, LadderRole>,
    now: DateTime<Utc>,
) -> Result<(), Problem> {
    let gone = tx.query("delete from ladder_roles where id = $1").bind(role.id).run().await;
    gone.on_missing(|| Problem::new(Code::StillInUse, ROLE_IN_USE))?;
    touch(tx, role.ladder_id, now).await
}

/// Marks the ladder as changed, because one of its roles changed.
async fn touch(tx: &mut Tx, ladder: CareerLadderId, now: DateTime<Utc>) -> Result<(), Problem> {
    let touch = tx.query("update career_ladders set updated_at = $2, revision = revision + 1 where id = $1");
    touch.bind(ladder).bind(now).run().await?;
    Ok(())
}
