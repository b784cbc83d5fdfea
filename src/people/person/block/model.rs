//! A block.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::PersonId;
use crate::policy::acts::{ChangeBlock, ReadBlock};
use crate::policy::{Guarded, NeverShared, Related, Relation, Relations, Takes, Viewer};
use crate::text::Name;

/// A person the author never wants to be paired with.
#[derive(Clone, Debug)]
pub struct Block {
    /// Id of the author.
    pub author_id: PersonId,
    /// Id of the blocked person. It identifies the block in the author's list.
    pub blocked_id: PersonId,
    /// The blocked person.
    pub blocked: Guarded<NeverShared, Blocked>,
    /// Time at which the person was blocked.
    pub created_at: DateTime<Utc>,
}

/// The blocked person, as colleagues see them.
#[derive(Clone, Debug, FromRow)]
pub struct Blocked {
    /// Name of the person.
    pub name: Name,
    /// Job title of the person.
    pub title: Option<Name>,
}

/// Only the author has a relation to a block.
impl Related for Block {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadBlock> for Block {}
impl Takes<ChangeBlock> for Block {}
