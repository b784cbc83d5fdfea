//! The organisation as a whole: what the roster, teams, skills, ladders and accounts belong to.

use crate::policy::acts::{ChangeOrganisation, CreateProgram, ManageAccounts, ReadOrganisation};
use crate::policy::{Readable, Related, Relation, Relations, Takes, Viewer};

/// The one organisation that this service is for.
#[derive(Clone, Copy, Debug)]
pub struct Organisation;

/// Its lead is the admin.
impl Related for Organisation {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Lead, viewer.is_admin)
    }
}

impl Readable for Organisation {
    type Read = ReadOrganisation;
}

impl Takes<ReadOrganisation> for Organisation {}
impl Takes<ChangeOrganisation> for Organisation {}
impl Takes<ManageAccounts> for Organisation {}
impl Takes<CreateProgram> for Organisation {}
