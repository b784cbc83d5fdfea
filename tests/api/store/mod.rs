//! The database: one schema on both engines, and SQLite's one writer.

mod schema;
mod start;
mod upgrade;
mod writer;
mod writer_order;
