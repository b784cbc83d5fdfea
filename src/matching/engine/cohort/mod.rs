//! A whole program at once: the pairs of highest total score within everybody's places, and the proof of it.
//!
//! Nobody is forced: a mentee for whom every mentor would do too little stays without one. The best pairs of each mentee
//! make a `core`, within which an `assignment` is exact: each mentee seeks the cheapest way to a place (`seek`), each
//! place that has become vacant the cheapest way to a mentee (`refill`). `pricing` then looks at all pairs by what each
//! place is worth, finds those that the core should have had, and bounds from above what any plan can reach. The
//! assignment goes on with these. Where bound and value meet, no plan is better (Volgenant 1996; column generation).
//! Where all mentees want the same few mentors, an `auction` finds better prices and a better core.
//!
//! Pure: no store, no chance but the seed's; time only to know when to stop.

mod assignment;
mod auction;
mod blocking;
mod core;
mod effort;
mod frontier;
mod instance;
mod market;
mod objective;
mod parallel;
mod plan;
mod pricing;
#[cfg(test)]
mod proofs;
mod rankings;
mod refill;
mod scan;
mod seek;
mod stable;
mod unmatched;

pub use blocking::blocking_pairs;
pub use effort::Effort;
pub use instance::{Instance, MOST_PAIRS, Misfit};
pub use objective::Objective;
pub use plan::{Plan, plan};
pub use rankings::Rankings;
pub use unmatched::Unmatched;
