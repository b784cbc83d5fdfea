//! Attributes, groups and memberships.

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

/// Name of an attribute or a group.
pub type GroupName = Line<60>;
/// Permit to load groups.
pub type LoadPermit = Permit<LoadFairness, Organisation>;

/// Highest number of attributes.
pub const MAX_ATTRIBUTES: i64 = 20;
/// Highest number of groups of an attribute.
pub const MAX_GROUPS: usize = 30;
/// Highest number of members in a request.
pub const MAX_MEMBERS: usize = 2_000;

// The sealed value is the id of the group: all values have the same length, so the length reveals nothing.
places! {
    /// Group of a person in an attribute. Sealed with the key of the person; other people cannot read it.
    GroupOfMember = fairness_members.group_id of FairnessMemberId, OfPerson: NeverShared FairnessGroupId;
}

impl Counted for GroupOfMember {
    type By = ReadFairness;
}

/// An attribute, such as gender or age band.
#[derive(Clone, Debug, FromRow)]
pub struct FairnessAttribute {
    /// Id of the attribute.
    pub id: FairnessAttributeId,
    /// Name; unique.
    pub name: GroupName,
    /// Secret that decides how its numbers are rounded.
    pub salt: Uuid,
    /// Number of people with a known group.
    pub people: i64,
    /// Time when groups were last loaded.
    pub updated_at: DateTime<Utc>,
    /// Groups, by name. Read from their own table.
    #[sqlx(skip)]
    pub groups: Vec<FairnessGroup>,
}

impl FairnessAttribute {
    /// Number of people with a known group; `None` for fewer than 20.
    pub fn people_shown(&self) -> Option<i64> {
        let are_enough = usize::try_from(self.people).is_ok_and(|people| people >= LEAST_PEOPLE);
        are_enough.then_some(self.people)
    }
}

/// A group of an attribute.
#[derive(Clone, Debug, FromRow)]
pub struct FairnessGroup {
    /// Id of the group.
    pub id: FairnessGroupId,
    /// Attribute.
    pub attribute_id: FairnessAttributeId,
    /// Name.
    pub name: GroupName,
}

/// Membership of a person in a group, as the person reads it.
#[derive(Clone, Debug, FromRow)]
pub struct Membership {
    /// Id of the membership.
    pub id: FairnessMemberId,
    /// Person.
    pub person_id: PersonId,
    /// Name of the attribute.
    pub attribute: GroupName,
    /// Group.
    pub group: Sealed<GroupOfMember>,
    /// Names of the groups. Read from their own table.
    #[sqlx(skip)]
    pub names: Arc<HashMap<FairnessGroupId, GroupName>>,
}

/// Only admins are related, because they load the groups.
impl Related for FairnessAttribute {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

/// Only the person is related.
impl Related for Membership {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.person_id))
    }
}

impl Takes<LoadFairness> for Organisation {}
impl Takes<ReadFairness> for Organisation {}
impl Takes<ReadMembership> for Membership {}
