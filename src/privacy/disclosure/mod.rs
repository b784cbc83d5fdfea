//! Disclosures: the author of a private value opens it for the manager or the lead, sees what is
//! open, and takes it back. Nothing else carries a value across its tier.

pub mod api;
pub mod model;
pub mod store;
