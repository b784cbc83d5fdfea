//! The health of a pair: what in its behaviour asks for attention, and why.

pub mod api;
pub mod model;
pub mod store;
