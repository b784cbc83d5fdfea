//! Reminders: what is due, computed from how things are, and told once.

mod due;
pub mod job;
mod store;
