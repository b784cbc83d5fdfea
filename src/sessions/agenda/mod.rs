//! Agenda items: the topics of a session. Only the mentor and the mentee see them.

pub mod api;
pub mod model;
pub mod store;
