//! What groups are, and who belongs to them.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use crate::ids::{FairnessAttributeId, FairnessGroupId, FairnessMemberId, PersonId};
use crate::matching::engine::fairness::LEAST_PEOPLE;
use crate::people::organisation::Organisation;
use crate::policy::acts::{LoadFairness, ReadFairness, ReadMembership};
use crate::policy::{Counted, Permit, Related, Relation, Relations, Sealed, Takes, Viewer, places};
use crate::text::Line;

/// What an attribute or a group is called.
pub type GroupName = Line<60>;
/// Leave to say who belongs to which group.
pub type Leave = Permit<LoadFairness, Organisation>;

/// There are no more attributes.
pub const MOST_ATTRIBUTES: i64 = 20;
/// No attribute has more groups.
pub const MOST_GROUPS: usize = 30;
/// No request names more people.
pub const MOST_MEMBERS: usize = 2_000;

// The group stands there by its id: so all are equally long, and nothing tells which.
places! {
    /// To which group of an attribute a person belongs. What is kept of them is theirs: sealed with their own key, and
    /// nobody else reads it.
    GroupOfMember = fairness_members.group_id of FairnessMemberId, OfPerson: NeverShared FairnessGroupId;
}

impl Counted for GroupOfMember {
    type By = ReadFairness;
}

/// What groups have in common: gender, age band.
#[derive(Clone, Debug, FromRow)]
pub struct FairnessAttribute {
    /// Names the attribute.
    pub id: FairnessAttributeId,
    /// What it is called; no other one is.
    pub name: GroupName,
    /// Decides how its numbers are rounded.
    pub salt: Uuid,
    /// Of how many people the group is known.
    pub people: i64,
    /// When groups were loaded last.
    pub updated_at: DateTime<Utc>,
    /// Its groups, by name. Filled from their own table.
    #[sqlx(skip)]
    pub groups: Vec<FairnessGroup>,
}

impl FairnessAttribute {
    /// Of how many people the group is known, unless they are few.
    pub fn people_told(&self) -> Option<i64> {
        let are_enough = usize::try_from(self.people).is_ok_and(|people| people >= LEAST_PEOPLE);
        are_enough.then_some(self.people)
    }
}

/// A group of an attribute.
#[derive(Clone, Debug, FromRow)]
pub struct FairnessGroup {
    /// Names the group.
    pub id: FairnessGroupId,
    /// The attribute.
    pub attribute_id: FairnessAttributeId,
    /// What it is called.
    pub name: GroupName,
}

/// That a person belongs to a group, as the person themselves reads it.
#[derive(Clone, Debug, FromRow)]
pub struct Membership {
    /// Names it.
    pub id: FairnessMemberId,
    /// Who.
    pub person_id: PersonId,
    /// What the groups have in common.
    pub attribute: GroupName,
    /// Which one.
    pub group: Sealed<GroupOfMember>,
    /// What groups are called. Filled from their own table.
    #[sqlx(skip)]
    pub names: Arc<HashMap<FairnessGroupId, GroupName>>,
}

/// For admins alone, as it is they who load it.
impl Related for FairnessAttribute {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

/// Nobody but the person stands to it at all.
impl Related for Membership {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.person_id))
    }
}

impl Takes<LoadFairness> for Organisation {}
impl Takes<ReadFairness> for Organisation {}
impl Takes<ReadMembership> for Membership {}
