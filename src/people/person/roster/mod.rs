//! The roster: the facts about people that HR keeps, and the rules of the reporting line.

pub mod api;
pub mod model;
pub mod store;
pub mod write;
