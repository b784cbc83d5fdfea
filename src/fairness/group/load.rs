//! Loads groups: finds the people, then writes all memberships in one transaction.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{FairnessAttribute, FairnessGroup, GroupName, LoadPermit, MAX_ATTRIBUTES, MAX_GROUPS, MAX_MEMBERS};
use super::store;
use crate::clock::Clock;
use crate::db::{Ids, Tx};
use crate::ids::{FairnessAttributeId, FairnessGroupId, PersonId};
use crate::problem::{Code, Problem};
use crate::text::{Email, Line};
use crate::vault::Owner;

/// Lock for loading: two loads at the same time could create an attribute or a group twice.
const LOADING: Uuid = Uuid::from_u128(0x6661_6972_6e65_7373_a767_726f_7570_7321);
/// Highest number of places in one problem.
const MAX_ERRORS: usize = 50;

/// Group of one person. Give exactly one of `person_id`, `external_id` and `email`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FairnessMember {
    /// Id of the person.
    person_id: Option<PersonId>,
    /// Id of the person in the HR system.
    external_id: Option<Line<100>>,
    /// Work email address of the person.
    email: Option<Email>,
    /// Name of the group, in the words of the organisation.
    group: GroupName,
}

/// Members of the groups of an attribute.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"members": [
    {"external_id": "E-1024", "group": "under 30"}, {"email": "ada@example.com", "group": "30 to 49"}
]})))]
pub struct PutFairnessAttribute {
    /// People with their groups: 1 to 2,000 people, each once. An attribute has at most 30 groups.
    #[schema(min_items = 1, max_items = 2_000)]
    members: Vec<FairnessMember>,
    /// Whether people who are not in this request keep their group. Use it for lists that need several requests.
    /// Default: `false`; then only the people of this request have a group.
    #[serde(default)]
    keep_others: bool,
}

/// People who were found, with their groups.
#[derive(Debug)]
pub struct Load {
    members: BTreeMap<PersonId, GroupName>,
    keep_others: bool,
}

impl Load {
    /// Finds the people, or points at members who were not found.
    pub async fn of(tx: &mut Tx, input: PutFairnessAttribute) -> Result<Self, Problem> {
        let PutFairnessAttribute { members, keep_others } = input;
        match members.len() {
            0 => {
                return Err(Problem::invalid(
                    "/members",
                    "must have at least one member; to remove all groups, delete the attribute",
                ));
            }
            count if count > MAX_MEMBERS => {
                let detail = format!(
                    "must have at most {MAX_MEMBERS} members; send the rest in another request with \
                         `keep_others`"
                );
                return Err(Problem::invalid("/members", detail));
            }
            _ => {}
        }
        let known = Known::of(tx, &members).await?;
        let (mut found, mut errors) = (BTreeMap::new(), Vec::new());
        for (place, member) in members.into_iter().enumerate() {
            match known.find(&member) {
                Err((name, detail)) => errors.push((format!("/members/{place}{name}"), detail)),
                Ok(person) if found.contains_key(&person) => {
                    errors.push((format!("/members/{place}"), "must not repeat an earlier person"));
                }
                Ok(person) => {
                    found.insert(person, member.group);
                }
            }
        }
        if !errors.is_empty() {
            let problem = Problem::new(
                Code::InvalidValue,
                "No member was loaded, because some members are not valid. Correct the places in `errors` \
                         and send all members again.",
            );
            let errors = errors.into_iter().take(MAX_ERRORS);
            return Err(errors.fold(problem, |problem, (pointer, detail)| problem.at(pointer, detail)));
        }
        Ok(Self { members: found, keep_others })
    }

    /// Creates missing keys before the transaction, so that other transactions do not wait.
    pub async fn make_keys(&self, tx: &Tx) -> sqlx::Result<()> {
        for person in self.members.keys() {
            tx.key_of(Owner { scope_id: person.uuid(), author_id: *person }).await?;
        }
        Ok(())
    }

    /// Replaces the memberships of the locked attribute `before`, or creates the attribute.
    pub async fn write(
        self,
        tx: &mut Tx,
        permit: &LoadPermit,
        clock: &Clock,
        name: &GroupName,
        before: Option<FairnessAttribute>,
    ) -> Result<(), Problem> {
        let (id, mut groups) = match before {
            Some(FairnessAttribute { id, groups, .. }) => (id, groups),
            None if store::count(tx).await? >= MAX_ATTRIBUTES => {
                let detail =
                    format!("There are already {MAX_ATTRIBUTES} attributes, the highest number. Delete one first.");
                return Err(Problem::wrong_state(detail));
            }
            None => (store::insert(tx, permit, clock, name).await?, Vec::new()),
        };
        if self.keep_others {
            store::delete_members(tx, permit, id, self.members.keys().copied().collect()).await?;
        } else {
            store::delete_groups(tx, permit, id).await?;
            groups.clear();
        }
        let named: BTreeSet<_> = self.members.values().cloned().collect();
        for name in named {
            if groups.iter().all(|group| group.name != name) {
                let group = FairnessGroup { id: FairnessGroupId::new(clock), attribute_id: id, name };
                store::insert_group(tx, permit, &group).await?;
                groups.push(group);
            }
        }
        if groups.len() > MAX_GROUPS {
            let detail = format!("must lead to at most {MAX_GROUPS} groups; the attribute would have {}", groups.len());
            return Err(Problem::invalid("/members", detail));
        }
        let groups: HashMap<_, _> = groups.into_iter().map(|group| (group.name, group.id)).collect();
        for (person, group) in &self.members {
            store::insert_member(tx, permit, clock, id, *person, groups[group]).await?;
        }
        store::touch(tx, permit, id, clock.now()).await?;
        Ok(())
    }
}

/// The attribute with this name. Loading and deleting are locked until the transaction ends.
pub async fn find_for_update(tx: &mut Tx, name: &GroupName) -> sqlx::Result<Option<FairnessAttribute>> {
    tx.lock(LOADING).await?;
    store::find(tx, name).await
}

/// Deletes a locked attribute with its groups and memberships.
pub async fn delete(tx: &mut Tx, permit: &LoadPermit, id: FairnessAttributeId) -> sqlx::Result<()> {
    store::delete_groups(tx, permit, id).await?;
    store::delete(tx, permit, id).await?;
    Ok(())
}

/// People by id, external id and email address.
struct Known {
    ids: HashSet<PersonId>,
    external_ids: HashMap<String, PersonId>,
    emails: HashMap<String, PersonId>,
}

impl Known {
    async fn of(tx: &mut Tx, members: &[FairnessMember]) -> sqlx::Result<Self> {
        let turned = |people: Vec<(PersonId, String)>| people.into_iter().map(|(id, name)| (name, id)).collect();
        let ids: Ids = members.iter().filter_map(|member| member.person_id).collect();
        let external_ids = members.iter().filter_map(|member| member.external_id.as_ref().map(Line::as_str)).collect();
        let emails = members.iter().filter_map(|member| member.email.as_ref().map(Email::as_str)).collect();
        Ok(Self {
            ids: store::list_people(tx, ids).await?.into_iter().map(|(id,)| id).collect(),
            external_ids: turned(store::list_by_external_id(tx, external_ids).await?),
            emails: turned(store::list_by_email(tx, emails).await?),
        })
    }

    /// The person, or the pointer and the detail of an error.
    fn find(&self, member: &FairnessMember) -> Result<PersonId, (&'static str, &'static str)> {
        const MISSING: &str = "must belong to an existing person";
        match (&member.person_id, &member.external_id, &member.email) {
            (Some(id), None, None) => self.ids.get(id).copied().ok_or(("/person_id", MISSING)),
            (None, Some(id), None) => self.external_ids.get(id.as_str()).copied().ok_or(("/external_id", MISSING)),
            (None, None, Some(email)) => self.emails.get(email.as_str()).copied().ok_or(("/email", MISSING)),
            _ => Err(("", "must have exactly one of `person_id`, `external_id` and `email`")),
        }
    }
}
