//! Groups of people, with names that the organisation chooses. They are loaded for the fairness report and used for
//! nothing else.

pub mod api;
pub mod load;
pub mod model;
pub mod store;
