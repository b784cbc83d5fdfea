//! The SQL of skills.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::{MOST, RelatedSkill, Skill};
use crate::db::{Ids, Query, Tx, UNLIMITED, insert, query, save};
use crate::ids::SkillId;
use crate::people::organisation::Organisation;
use crate::policy::acts::ChangeOrganisation;
use crate::policy::{Changed, Permit, Viewer, readable};
use crate::problem::{Code, OnClash as _, Problem, saved};
use crate::text::Name;

/// Lock for changes of names and relations: their rules concern all skills.
const CATALOGUE: Uuid = Uuid::from_u128(0x0198_0000_0000_7000_8000_0000_0000_0001);
const TAKEN: &str = "Another skill has this name or synonym. Choose another name.";

const SELECT: &str = "select s.id, s.name, s.created_at, s.updated_at, s.revision from skills s";

/// Another name of a skill.
#[derive(Debug, FromRow)]
struct Synonym {
    skill_id: SkillId,
    name: Name,
}

/// Finds one skill with its synonyms and related skills.
pub async fn find(tx: &mut Tx, viewer: &Viewer, id: SkillId) -> sqlx::Result<Option<Skill>> {
    let found = query!(tx, [SELECT, "where s.id = :id"], id).optional().await?;
    let Some(skill) = readable(viewer, found) else { return Ok(None) };
    Ok(with_names(tx, vec![skill]).await?.pop())
}

/// One page of skills after `after`, in order of creation. With `prefix`: only skills with a name or synonym that
/// starts with it.
pub async fn list(tx: &mut Tx, prefix: Option<&Name>, after: SkillId, limit: i64) -> sqlx::Result<Vec<Skill>> {
    let skills = listed(tx, prefix, after, limit).all().await?;
    with_names(tx, skills).await
}

/// Number of skills on all pages.
pub async fn count(tx: &mut Tx, prefix: Option<&Name>) -> sqlx::Result<i64> {
    listed(tx, prefix, SkillId::first(), UNLIMITED).count().await
}

fn listed<'t>(tx: &'t mut Tx, prefix: Option<&Name>, after: SkillId, limit: i64) -> Query<'t> {
    let Some((first, beyond)) = prefix.map(Name::prefixed) else {
        return query!(tx, [SELECT, "where s.id > :after order by s.id limit :limit"], after, limit);
    };
    query!(
        tx,
        [
            SELECT,
            "where s.id > :after and s.id in (
                select id from skills where name_folded >= :first and name_folded < :beyond
                union select skill_id from skill_synonyms where name_folded >= :first and name_folded < :beyond
             ) order by s.id limit :limit"
        ],
        after,
        limit,
        first,
        beyond
    )
}

/// Adds the synonyms and related skills of all `skills` in two statements.
async fn with_names(tx: &mut Tx, mut skills: Vec<Skill>) -> sqlx::Result<Vec<Skill>> {
    let ids: Ids = skills.iter().map(|skill| skill.id).collect();
    let synonyms: Vec<Synonym> = query!(
        tx,
        "select skill_id, name from skill_synonyms where skill_id = any(:ids) order by name_folded",
        ids = ids.clone()
    )
    .all()
    .await?;
    let related: Vec<RelatedSkill> = query!(
        tx,
        "select r.skill_id as of_id, s.id, s.name from skill_relations r join skills s on s.id = r.related_id
         where r.skill_id = any(:ids) order by s.name_folded",
        ids
    )
    .all()
    .await?;
    for skill in &mut skills {
        let own = synonyms.iter().filter(|synonym| synonym.skill_id == skill.id);
        skill.synonyms = own.map(|synonym| synonym.name.clone()).collect();
        skill.related = related.iter().filter(|other| other.of_id == skill.id).cloned().collect();
    }
    Ok(skills)
}

/// Waits until no other transaction changes names or relations of skills. Call it before reading the skill.
pub async fn find_for_update(tx: &mut Tx) -> sqlx::Result<()> {
    tx.lock(CATALOGUE).await
}

/// Inserts a new skill with its synonyms.
pub async fn insert(
    tx: &mut Tx,
    _permit: &Permit<ChangeOrganisation, Organisation>,
    skill: &Skill,
) -> Result<(), Problem> {
    insert!(
        tx,
        "skills",
        skill { id, name, created_at, updated_at },
        name_folded = skill.name.folded(),
        revision = 1_i64
    )
    .run()
    .await
    .on_taken("/name", TAKEN)?;
    put_synonyms(tx, skill).await
}

/// Saves a changed skill with its synonyms. Refuses if another request changed it first.
pub async fn save(tx: &mut Tx, skill: &Changed<Skill>) -> Result<(), Problem> {
    saved(
        save!(
            tx,
            "update skills set revision = revision + 1",
            skill { name, updated_at },
            name_folded = skill.name.folded()
        )
        .run()
        .await
        .on_taken("/name", TAKEN)?,
    )?;
    query!(tx, "delete from skill_synonyms where skill_id = :skill_id", skill_id = skill.id).run().await?;
    put_synonyms(tx, skill).await
}

async fn put_synonyms(tx: &mut Tx, skill: &Skill) -> Result<(), Problem> {
    let clash = |pointer: String| {
        Problem::new(Code::AlreadyExists, TAKEN).at(pointer, "must not be a name or synonym of another skill")
    };
    let (is_taken,): (bool,) = query!(
        tx,
        "select exists (select 1 from skill_synonyms where name_folded = :name_folded and skill_id <> :skill_id)",
        name_folded = skill.name.folded(),
        skill_id = skill.id
    )
    .one()
    .await?;
    if is_taken {
        return Err(clash("/name".to_owned()));
    }
    for (index, name) in skill.synonyms.iter().enumerate() {
        let written = query!(
            tx,
            "insert into skill_synonyms (name_folded, name, skill_id)
             select :name_folded, :name, :skill_id
             where not exists (select 1 from skills where name_folded = :name_folded and id <> :skill_id)
             on conflict do nothing",
            name_folded = name.folded(),
            name,
            skill_id = skill.id
        )
        .run()
        .await?;
        if written == 0 {
            return Err(clash(format!("/synonyms/{index}")));
        }
    }
    Ok(())
}

/// Replaces the related skills. The relation is mutual, so skills that gain or lose it change too.
pub async fn put_related(tx: &mut Tx, skill: &Skill, related: &[SkillId], now: DateTime<Utc>) -> Result<(), Problem> {
    let before: HashSet<SkillId> = skill.related.iter().map(|other| other.id).collect();
    let after: HashSet<SkillId> = related.iter().copied().collect();
    query!(tx, "delete from skill_relations where skill_id = :skill_id or related_id = :skill_id", skill_id = skill.id)
        .run()
        .await?;
    for (index, other) in related.iter().enumerate() {
        query!(
            tx,
            "insert into skill_relations (skill_id, related_id) values (:skill_id, :other), (:other, :skill_id)",
            skill_id = skill.id,
            other = *other
        )
        .run()
        .await
        .on_missing(|| Problem::invalid(format!("/related_ids/{index}"), "must be the id of a skill"))?;
    }
    let crowded: Option<(SkillId,)> = query!(
        tx,
        "select r.skill_id from skill_relations n join skill_relations r on r.skill_id = n.related_id
         where n.skill_id = :skill_id group by r.skill_id having count(*) > :most limit 1",
        skill_id = skill.id,
        most = i64::try_from(MOST).map_err(Problem::internal)?
    )
    .optional()
    .await?;
    if let Some((crowded,)) = crowded {
        let index = related.iter().position(|other| *other == crowded).unwrap_or_default();
        let detail = format!("must be a skill with fewer than {MOST} related skills");
        return Err(Problem::invalid(format!("/related_ids/{index}"), detail));
    }
    query!(
        tx,
        "update skills set updated_at = :now, revision = revision + 1 where id = any(:changed)",
        changed = before.symmetric_difference(&after).copied().collect::<Ids>(),
        now
    )
    .run()
    .await?;
    Ok(())
}

/// Deletes a skill. Refuses if people can teach it or want to learn it.
pub async fn delete(tx: &mut Tx, skill: Permit<ChangeOrganisation, Skill>, now: DateTime<Utc>) -> Result<(), Problem> {
    put_related(tx, &skill, &[], now).await?;
    query!(tx, "delete from skill_synonyms where skill_id = :skill_id", skill_id = skill.id).run().await?;
    let gone = query!(tx, "delete from skills where id = :id", id = skill.id).run().await;
    gone.on_missing(|| {
        Problem::new(
            Code::StillInUse,
            "People can teach this skill or want to learn it. They must remove it from their profile first.",
        )
    })?;
    Ok(())
}
