//! Notes of a session. The mentor and the mentee read all notes; each person changes only their own.

pub mod api;
pub mod model;
pub mod store;
