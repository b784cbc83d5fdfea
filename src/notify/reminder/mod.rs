//! Reminders: finds what is due in the current records, and makes one event for it.

mod due;
pub mod job;
mod store;
