//! The SQL of groups.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::types::Json;

use super::model::{FairnessAttribute, FairnessGroup, GroupName, LoadPermit, Membership};
use crate::clock::Clock;
use crate::db::{Ids, Tx, insert, query};
use crate::ids::{FairnessAttributeId, FairnessGroupId, FairnessMemberId, PersonId};
use crate::policy::{Home, Sealed, close};

/// Selects an attribute with the number of its people; `a` is its row.
const SELECT: &str = "select a.id, a.name, a.salt, a.updated_at,
       (select count(*) from fairness_members m where m.attribute_id = a.id) as people
    from fairness_attributes a";

/// The attribute with this name.
pub async fn find(tx: &mut Tx, name: &GroupName) -> sqlx::Result<Option<FairnessAttribute>> {
    let found = query!(tx, [SELECT, "where a.name_folded = :folded"], folded = name.folded()).optional().await?;
    Ok(with_groups(tx, found.into_iter().collect()).await?.pop())
}

/// Attributes after `after` with their groups, oldest first.
pub async fn list(tx: &mut Tx, after: FairnessAttributeId, limit: i64) -> sqlx::Result<Vec<FairnessAttribute>> {
    let all = query!(tx, [SELECT, "where a.id > :after order by a.id limit :limit"], after, limit).all().await?;
    with_groups(tx, all).await
}

async fn with_groups(tx: &mut Tx, mut all: Vec<FairnessAttribute>) -> sqlx::Result<Vec<FairnessAttribute>> {
    if all.is_empty() {
        return Ok(all);
    }
    let ids: Ids = all.iter().map(|attribute| attribute.id).collect();
    for group in list_groups(tx, ids).await? {
        if let Some(attribute) = all.iter_mut().find(|attribute| attribute.id == group.attribute_id) {
            attribute.groups.push(group);
        }
    }
    // Sorted here, because the database engines sort letters differently.
    for attribute in &mut all {
        attribute.groups.sort_by(|a, b| a.name.cmp(&b.name));
    }
    Ok(all)
}

async fn list_groups(tx: &mut Tx, attributes: Ids) -> sqlx::Result<Vec<FairnessGroup>> {
    query!(tx, "select id, attribute_id, name from fairness_groups where attribute_id = any(:attributes)", attributes)
        .all()
        .await
}

/// Memberships of a person, up to `limit`.
pub async fn list_of_person(tx: &mut Tx, person: PersonId, limit: i64) -> sqlx::Result<Vec<Membership>> {
    let mut all: Vec<Membership> = query!(
        tx,
        "select m.id, m.person_id, a.name as attribute, m.group_id as \"group\"
         from fairness_members m join fairness_attributes a on a.id = m.attribute_id
         where m.person_id = :person order by m.id limit :limit",
        person,
        limit
    )
    .all()
    .await?;
    let names: Vec<(FairnessGroupId, GroupName)> = query!(
        tx,
        "select g.id, g.name from fairness_groups g
         where g.attribute_id in (select m.attribute_id from fairness_members m where m.person_id = :person)",
        person
    )
    .all()
    .await?;
    let names: Arc<HashMap<_, _>> = Arc::new(names.into_iter().collect());
    for membership in &mut all {
        membership.names = Arc::clone(&names);
    }
    Ok(all)
}

/// Deletes all memberships of a person.
pub async fn forget(tx: &mut Tx, person: PersonId) -> sqlx::Result<u64> {
    query!(tx, "delete from fairness_members where person_id = :person", person).run().await
}

/// Those of these people who are not erased.
pub async fn list_people(tx: &mut Tx, ids: Ids) -> sqlx::Result<Vec<(PersonId,)>> {
    query!(tx, "select id from people where erased_at is null and id = any(:ids)", ids).all().await
}

/// People with these ids of the HR system.
pub async fn list_by_external_id(tx: &mut Tx, ids: Vec<&str>) -> sqlx::Result<Vec<(PersonId, String)>> {
    query!(
        tx,
        Sql {
            sqlite: "select id, external_id from people
                where erased_at is null and external_id in (select value from json_each(:ids))",
            postgres: "select id, external_id from people
                where erased_at is null and external_id in (select jsonb_array_elements_text(:ids))",
        },
        ids = Json(ids)
    )
    .all()
    .await
}

/// People with these email addresses.
pub async fn list_by_email(tx: &mut Tx, emails: Vec<&str>) -> sqlx::Result<Vec<(PersonId, String)>> {
    query!(
        tx,
        Sql {
            sqlite: "select id, email from people
                where erased_at is null and email in (select value from json_each(:emails))",
            postgres: "select id, email from people
                where erased_at is null and email in (select jsonb_array_elements_text(:emails))",
        },
        emails = Json(emails)
    )
    .all()
    .await
}

/// Number of attributes.
pub async fn count(tx: &mut Tx) -> sqlx::Result<i64> {
    Ok(query!(tx, "select count(*) from fairness_attributes").one::<(i64,)>().await?.0)
}

/// Writes a new attribute.
pub async fn insert(tx: &mut Tx, _: &LoadPermit, clock: &Clock, name: &GroupName) -> sqlx::Result<FairnessAttributeId> {
    let id = FairnessAttributeId::new(clock);
    insert!(
        tx,
        "fairness_attributes",
        id,
        name,
        name_folded = name.folded(),
        salt = clock.uuid(),
        updated_at = clock.now()
    )
    .run()
    .await?;
    Ok(id)
}

/// Notes the time of loading.
pub async fn touch(tx: &mut Tx, _: &LoadPermit, id: FairnessAttributeId, now: DateTime<Utc>) -> sqlx::Result<u64> {
    query!(tx, "update fairness_attributes set updated_at = :now where id = :id", id, now).run().await
}

/// Writes a new group.
pub async fn insert_group(tx: &mut Tx, _: &LoadPermit, group: &FairnessGroup) -> sqlx::Result<u64> {
    insert!(tx, "fairness_groups", group { id, attribute_id, name }).run().await
}

/// Writes a membership, sealed with the key of the person, unless the person was erased just now.
pub async fn insert_member(
    tx: &mut Tx,
    _: &LoadPermit,
    clock: &Clock,
    attribute: FairnessAttributeId,
    person: PersonId,
    group: FairnessGroupId,
) -> sqlx::Result<u64> {
    let id = FairnessMemberId::new(clock);
    let group =
        close(tx, Home::of_person(id, person, 0), &Sealed::<super::model::GroupOfMember>::new(person, group)).await?;
    query!(
        tx,
        "insert into fairness_members (id, attribute_id, person_id, group_id)
         select :id, :attribute, id, :group from people where id = :person and erased_at is null",
        id,
        attribute,
        person,
        group
    )
    .run()
    .await
}

/// Deletes the memberships of these people in an attribute.
pub async fn delete_members(
    tx: &mut Tx,
    _: &LoadPermit,
    attribute: FairnessAttributeId,
    people: Ids,
) -> sqlx::Result<u64> {
    query!(
        tx,
        "delete from fairness_members where attribute_id = :attribute and person_id = any(:people)",
        attribute,
        people
    )
    .run()
    .await
}

/// Deletes all memberships and groups of an attribute.
pub async fn delete_groups(tx: &mut Tx, _: &LoadPermit, attribute: FairnessAttributeId) -> sqlx::Result<()> {
    query!(tx, "delete from fairness_members where attribute_id = :attribute", attribute).run().await?;
    query!(tx, "delete from fairness_groups where attribute_id = :attribute", attribute).run().await?;
    Ok(())
}

/// Deletes an attribute without groups.
pub async fn delete(tx: &mut Tx, _: &LoadPermit, attribute: FairnessAttributeId) -> sqlx::Result<u64> {
    query!(tx, "delete from fairness_attributes where id = :attribute", attribute).run().await
}
