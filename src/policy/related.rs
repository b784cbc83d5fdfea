//! Table 3: how a viewer is related to a record.

use super::relations::Relations;
use super::viewer::Viewer;

/// The relations to a kind of record. Each kind has one implementation.
pub trait Related {
    /// The relations of `viewer` to this record. An implementation starts from [`Viewer::relations`].
    fn relations(&self, viewer: &Viewer) -> Relations;
}
