//! Erasure of a person: their texts and identifying data are deleted for good. Their keys are destroyed, so backups
//! cannot be read either. Records that statistics count stay, without the person's name.

pub mod api;
pub mod model;
pub mod repeat;
pub mod store;
