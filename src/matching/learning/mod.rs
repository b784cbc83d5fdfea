//! Learning from outcomes: who was proposed to whom is noted, how it went is read, weights are learnt from it by hand of
//! an admin, run in the shadow, and are promoted and rolled back by people.

pub mod api;
pub mod case;
pub mod job;
pub mod lesson;
pub mod life;
pub mod model;
pub mod report;
pub mod shadow;
pub mod store;
pub mod views;
mod words;

pub use api::routes;
pub use case::{Proposal, note};
