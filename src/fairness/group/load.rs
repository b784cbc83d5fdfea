//! Loading groups: who is meant, and then all of it in one unit of work.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{FairnessAttribute, FairnessGroup, GroupName, Leave, MOST_ATTRIBUTES, MOST_GROUPS, MOST_MEMBERS};
use super::store;
use crate::clock::Clock;
use crate::db::{Ids, Tx};
use crate::ids::{FairnessAttributeId, FairnessGroupId, PersonId};
use crate::problem::{Code, Problem};
use crate::text::{Email, Line};
use crate::vault::Owner;

/// Held by whoever loads: two at once could make an attribute or a group twice.
const LOADING: Uuid = Uuid::from_u128(0x6661_6972_6e65_7373_a767_726f_7570_7321);
/// A problem points at no more places.
const MOST_FAULTS: usize = 50;

/// To which group a person belongs. Name the person one way.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FairnessMember {
    /// The person.
    person_id: Option<PersonId>,
    /// Or what HR calls them.
    external_id: Option<Line<100>>,
    /// Or their work e-mail.
    email: Option<Email>,
    /// The group, in the organisation's own words.
    group: GroupName,
}

/// Who belongs to which group.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(examples(json!({"members": [
    {"external_id": "E-1024", "group": "under 30"}, {"email": "ada@example.com", "group": "30 to 49"}
]})))]
pub struct PutFairnessAttribute {
    /// People, each once, at most 2,000; of all people together at most 30 groups.
    #[schema(min_items = 1, max_items = 2_000)]
    members: Vec<FairnessMember>,
    /// Whether people who are not named stay as they are, for lists longer than one request; `false` unless told: then
    /// nobody else belongs to a group.
    #[serde(default)]
    keep_others: bool,
}

/// People who were found, each with their group.
#[derive(Debug)]
pub struct Load {
    members: BTreeMap<PersonId, GroupName>,
    keep_others: bool,
}

impl Load {
    /// Finds who is meant, or points at those whom nobody finds.
    pub async fn of(tx: &mut Tx, input: PutFairnessAttribute) -> Result<Self, Problem> {
        let PutFairnessAttribute { members, keep_others } = input;
        match members.len() {
            0 => {
                return Err(Problem::invalid(
                    "/members",
                    "must name somebody; DELETE forgets all groups of an attribute",
                ));
            }
            count if count > MOST_MEMBERS => {
                let told = format!("must name at most {MOST_MEMBERS} people; send the rest with `keep_others`");
                return Err(Problem::invalid("/members", told));
            }
            _ => {}
        }
        let known = Known::of(tx, &members).await?;
        let (mut found, mut faults) = (BTreeMap::new(), Vec::new());
        for (place, member) in members.into_iter().enumerate() {
            match known.find(&member) {
                Err((name, told)) => faults.push((format!("/members/{place}{name}"), told)),
                Ok(person) if found.contains_key(&person) => {
                    faults.push((format!("/members/{place}"), "is the same person as one before"));
                }
                Ok(person) => {
                    found.insert(person, member.group);
                }
            }
        }
        if !faults.is_empty() {
            let problem =
                Problem::new(Code::InvalidValue, "Nobody was loaded: some members are not accepted; see `errors`.");
            let faults = faults.into_iter().take(MOST_FAULTS);
            return Err(faults.fold(problem, |problem, (pointer, told)| problem.at(pointer, told)));
        }
        Ok(Self { members: found, keep_others })
    }

    /// Makes the keys that are missing: before the unit of work, in which others wait.
    pub async fn make_keys(&self, tx: &Tx) -> sqlx::Result<()> {
        for person in self.members.keys() {
            tx.key_of(Owner { scope_id: person.uuid(), author_id: *person }).await?;
        }
        Ok(())
    }

    /// Writes it over what was there `before`, and is held.
    pub async fn write(
        self,
        tx: &mut Tx,
        leave: &Leave,
        clock: &Clock,
        name: &GroupName,
        before: Option<FairnessAttribute>,
    ) -> Result<(), Problem> {
        let (id, mut groups) = match before {
            Some(FairnessAttribute { id, groups, .. }) => (id, groups),
            None if store::count(tx).await? >= MOST_ATTRIBUTES => {
                let told = format!("There are {MOST_ATTRIBUTES} attributes already; delete one first.");
                return Err(Problem::wrong_state(told));
            }
            None => (store::insert(tx, leave, clock, name).await?, Vec::new()),
        };
        if self.keep_others {
            store::forget_some(tx, leave, id, self.members.keys().copied().collect()).await?;
        } else {
            store::forget_all(tx, leave, id).await?;
            groups.clear();
        }
        let named: BTreeSet<_> = self.members.values().cloned().collect();
        for name in named {
            if groups.iter().all(|group| group.name != name) {
                let group = FairnessGroup { id: FairnessGroupId::new(clock), attribute_id: id, name };
                store::insert_group(tx, leave, &group).await?;
                groups.push(group);
            }
        }
        if groups.len() > MOST_GROUPS {
            let told = format!("the attribute would have {} groups, and may have {MOST_GROUPS}", groups.len());
            return Err(Problem::invalid("/members", told));
        }
        let groups: HashMap<_, _> = groups.into_iter().map(|group| (group.name, group.id)).collect();
        for (person, group) in &self.members {
            store::insert_member(tx, leave, clock, id, *person, groups[group]).await?;
        }
        store::touch(tx, leave, id, clock.now()).await?;
        Ok(())
    }
}

/// The attribute of this name, which nobody else loads or forgets before this unit of work is over.
pub async fn hold(tx: &mut Tx, name: &GroupName) -> sqlx::Result<Option<FairnessAttribute>> {
    tx.hold(LOADING).await?;
    store::find(tx, name).await
}

/// Forgets an attribute that is held, its groups and who belongs to them.
pub async fn delete(tx: &mut Tx, leave: &Leave, id: FairnessAttributeId) -> sqlx::Result<()> {
    store::forget_all(tx, leave, id).await?;
    store::delete(tx, leave, id).await?;
    Ok(())
}

/// People by each way to name them.
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

    /// The person, or where and why there is none.
    fn find(&self, member: &FairnessMember) -> Result<PersonId, (&'static str, &'static str)> {
        const NOBODY: &str = "names no person";
        match (&member.person_id, &member.external_id, &member.email) {
            (Some(id), None, None) => self.ids.get(id).copied().ok_or(("/person_id", NOBODY)),
            (None, Some(id), None) => self.external_ids.get(id.as_str()).copied().ok_or(("/external_id", NOBODY)),
            (None, None, Some(email)) => self.emails.get(email.as_str()).copied().ok_or(("/email", NOBODY)),
            _ => Err(("", "must name the person one way: `person_id`, `external_id` or `email`")),
        }
    }
}
