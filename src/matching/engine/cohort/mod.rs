//! A whole program at once: the pairs of highest total score within everybody's capacity, and the proof of it.
//!
//! Nobody is forced: who finds no pair worth more than nothing stays without one. The best pairs of each mentee make a
//! `core`, which `assign` solves exactly; `price` then looks at all pairs by what each mentor's place is worth, finds
//! those that the core should have had, and bounds from above what any plan can reach. Where bound and value meet, the
//! plan is proven to be the best there is (Volgenant 1996; column generation).

mod assign;
mod auction;
mod core;
mod instance;
mod plan;
mod price;

pub use instance::Instance;
pub use plan::{Effort, Plan, plan};
