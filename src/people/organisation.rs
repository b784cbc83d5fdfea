//! The organisation as a record: an act that concerns no other record, such as creating one, is done to the
//! organisation.

use uuid::Uuid;

use crate::policy::acts::{
    AssignCoordinators, ChangeOrganisation, CreateProgram, ManageAccounts, ManageWebhooks, ReadAuditEvent,
    ReadDelivery, ReadOrganisation,
};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Tier, Viewer, may_list};
use crate::problem::{Code, Problem};

/// The one organisation that the service serves.
#[derive(Clone, Copy, Debug)]
pub struct Organisation;

/// Admins lead the organisation.
impl Related for Organisation {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.is_admin)
    }
}

impl Readable for Organisation {
    type Read = ReadOrganisation;
    const KIND: &'static str = "organisation";

    fn id(&self) -> Uuid {
        Uuid::nil()
    }
}

impl Takes<ReadOrganisation> for Organisation {}
impl Takes<ChangeOrganisation> for Organisation {}
impl Takes<ManageAccounts> for Organisation {}
impl Takes<CreateProgram> for Organisation {}
impl Takes<AssignCoordinators> for Organisation {}
impl Takes<ReadAuditEvent> for Organisation {}
impl Takes<ReadDelivery> for Organisation {}
impl Takes<ManageWebhooks> for Organisation {}

/// Whether the viewer may learn that people want to learn a skill or work towards a ladder role. Needs and target roles
/// are `manager_visible`, and the refusal to delete a skill or role in use reveals them.
pub fn may_learn_of_use(viewer: &Viewer) -> Result<(), Problem> {
    may_list::<ReadOrganisation>(viewer)?;
    if viewer.person().is_some() || Tier::ManagerVisible.scope().is_none_or(|scope| viewer.may(scope)) {
        return Ok(());
    }
    Err(Problem::new(
        Code::NotAllowed,
        "The answer reveals whether people want to learn or reach this, so it needs the scope outcomes:read.",
    ))
}
