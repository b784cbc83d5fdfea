//! Groups of people, in the organisation's own words: loaded for the report, and used for nothing else.

pub mod api;
pub mod load;
pub mod model;
pub mod store;
