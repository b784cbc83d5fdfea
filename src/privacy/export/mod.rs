//! The export: everything by a person and about them that they may read, in one document.

pub mod api;
mod gather;
pub mod model;
