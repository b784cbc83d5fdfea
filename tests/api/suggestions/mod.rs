//! Suggestions: who is suggested to whom and why, who learns of it, what comes of it.

mod answering;
mod following;
mod making;
mod reading;
mod weighting;
pub mod world;
