//! Plans a whole program: the pairs with the highest total score within the capacity of each mentor, with a proof.
//!
//! A mentee stays without a mentor if all scores are too low. The best pairs of each mentee make a `core`. Within the
//! core an `assignment` is exact: each mentee seeks the cheapest path to a free place (`seek`), and each vacant place
//! seeks the cheapest path to a mentee (`refill`). Then `pricing` checks all pairs at the prices of the places. It
//! finds pairs that are missing in the core, and an upper bound for the value of any plan. The assignment goes on with
//! these pairs. When value and bound are equal, no plan is better (Volgenant 1996; column generation). If all mentees
//! want the same few mentors, an `auction` finds better prices and a better core.
//!
//! No database and no random numbers except those of the seed. The clock only decides when to stop.

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
pub use instance::{Instance, InstanceError, MOST_PAIRS};
pub use objective::Objective;
pub use plan::{Plan, plan};
pub use rankings::Rankings;
pub use unmatched::Unmatched;
