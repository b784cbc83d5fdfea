//! The SQL of career ladders and their roles.

use chrono::{DateTime, Utc};

use super::model::{CareerLadder, LadderRole};
use crate::db::{Ids, Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::{CareerLadderId, LadderRoleId};
use crate::people::organisation::Organisation;
use crate::policy::acts::ChangeOrganisation;
use crate::policy::{Changed, Permit, Viewer, readable};
use crate::problem::{Code, OnClash as _, Problem, saved};

const TAKEN: &str = "Another ladder has this name. Choose another name.";
const ROLE_TAKEN: &str = "Another role of the ladder has this name. Choose another name.";
const ROLE_IN_USE: &str = "People have this role or work towards it. Give them another role first.";

const SELECT_LADDER: &str = "select id, name, track, created_at, updated_at, revision from career_ladders";

const SELECT_ROLE: &str = "select r.id, r.ladder_id, l.name as ladder_name, l.track, r.name, r.level
    from ladder_roles r join career_ladders l on l.id = r.ladder_id";

/// Finds one ladder with its roles.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: CareerLadderId) -> sqlx::Result<Option<CareerLadder>> {
    let found = query!(tx, [SELECT_LADDER, "where id = :id"], id).optional().await?;
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
    query!(tx, [SELECT_LADDER, "where id > :after order by id limit :limit"], after, limit)
}

/// Adds the roles of all `ladders` in one statement.
async fn with_roles(tx: &mut Tx, mut ladders: Vec<CareerLadder>) -> sqlx::Result<Vec<CareerLadder>> {
    let roles: Vec<LadderRole> = query!(
        tx,
        [SELECT_ROLE, "where r.ladder_id = any(:ladders) order by r.ladder_id, r.level, r.id"],
        ladders = ladders.iter().map(|ladder| ladder.id).collect::<Ids>()
    )
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
    insert!(
        tx,
        "career_ladders",
        ladder { id, name, track, created_at, updated_at },
        name_folded = ladder.name.folded(),
        revision = 1_i64
    )
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
    saved(
        save!(
            tx,
            "update career_ladders set revision = revision + 1",
            ladder { name, track, updated_at },
            name_folded = ladder.name.folded()
        )
        .run()
        .await
        .on_taken("/name", TAKEN)?,
    )
}

/// Deletes a ladder and its roles. Refuses if people have one of the roles or work towards it.
pub async fn delete(tx: &mut Tx, ladder: Permit<ChangeOrganisation, CareerLadder>) -> Result<(), Problem> {
    let gone = query!(tx, "delete from ladder_roles where ladder_id = :ladder_id", ladder_id = ladder.id).run().await;
    gone.on_missing(|| {
        Problem::new(
            Code::StillInUse,
            "People have roles of this ladder or work towards them. Give them other roles first.",
        )
    })?;
    query!(tx, "delete from career_ladders where id = :id", id = ladder.id).run().await?;
    Ok(())
}

/// Finds one role.
pub async fn find_role(tx: &mut Tx, id: LadderRoleId) -> sqlx::Result<Option<LadderRole>> {
    query!(tx, [SELECT_ROLE, "where r.id = :id"], id).optional().await
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
    insert!(tx, "ladder_roles", role { id, ladder_id, name, level }, name_folded = role.name.folded())
        .run()
        .await
        .on_taken("/name", ROLE_TAKEN)?;
    Ok(())
}

/// Saves a changed role.
pub async fn save_role(tx: &mut Tx, role: &Changed<LadderRole>, now: DateTime<Utc>) -> Result<(), Problem> {
    query!(
        tx,
        "update ladder_roles set name = :name, name_folded = :name_folded, level = :level where id = :id",
        id = role.id,
        name = &role.name,
        name_folded = role.name.folded(),
        level = role.level
    )
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
    let gone = query!(tx, "delete from ladder_roles where id = :id", id = role.id).run().await;
    gone.on_missing(|| Problem::new(Code::StillInUse, ROLE_IN_USE))?;
    touch(tx, role.ladder_id, now).await
}

/// Marks the ladder as changed, because one of its roles changed.
async fn touch(tx: &mut Tx, ladder: CareerLadderId, now: DateTime<Utc>) -> Result<(), Problem> {
    query!(tx, "update career_ladders set updated_at = :now, revision = revision + 1 where id = :ladder", ladder, now)
        .run()
        .await?;
    Ok(())
}
