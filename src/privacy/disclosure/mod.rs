//! Disclosures: the author of a private value shows it to the manager or the leads, lists what is disclosed, and
//! revokes it. There is no other way for a value to leave its tier.

pub mod api;
pub mod model;
pub mod store;
