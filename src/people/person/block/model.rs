//! What a block is.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::ids::PersonId;
use crate::policy::acts::{ChangeBlock, ReadBlock};
use crate::policy::{Guarded, NeverShared, Related, Relation, Relations, Takes, Viewer};
use crate::text::Name;

/// One person somebody never wants to be paired with.
#[derive(Clone, Debug)]
pub struct Block {
    /// Whose wish it is.
    pub author_id: PersonId,
    /// With whom not; names the block in its author's list.
    pub blocked_id: PersonId,
    /// That person.
    pub blocked: Guarded<NeverShared, Blocked>,
    /// Since when.
    pub created_at: DateTime<Utc>,
}

/// The person on the list, as colleagues know them.
#[derive(Clone, Debug, FromRow)]
pub struct Blocked {
    /// Their name.
    pub name: Name,
    /// Their title.
    pub title: Option<Name>,
}

/// Only the author stands to a block at all.
impl Related for Block {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations().and(Relation::Author, viewer.is(self.author_id))
    }
}

impl Takes<ReadBlock> for Block {}
impl Takes<ChangeBlock> for Block {}
