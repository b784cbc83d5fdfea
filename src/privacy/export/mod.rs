//! The export: everything that a person wrote, or that is kept about them, and that they may read, in one document.

pub mod api;
mod gather;
pub mod model;
