//! The database: one schema on both engines, and SQLite's one writer.

mod schema;
mod writer;
mod writer_order;
