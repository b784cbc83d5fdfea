//! Advice on the cadence of a pair.

pub mod api;
pub mod model;
