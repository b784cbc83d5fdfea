//! Learning from how pairs went: which factors foretell a good pair in this organisation, and whether what was learnt
//! deserves to take the place of what is in use.
//!
//! Outcomes may make a factor count more, less or not at all; they never turn it around, and nothing can be learnt that
//! is not among the factors. The same cases in any order make the same verdict, which says what would change and why it
//! is promoted or not. Nothing is promoted here: the caller keeps versions, and people decide.

mod case;
mod curve;
mod fit;
mod label;
mod learner;
mod odds;
mod quadratic;
mod rehearsal;
mod reliability;
mod sample;
mod shares;
mod steps;
mod trial;
mod verdict;

pub use case::{Case, Dated, Ending, Midpoint, Reaction};
pub use curve::Curve;
pub use learner::Learner;
pub use steps::{Step, Steps};
pub use verdict::{Change, Contender, Counts, Decision, Gain, Refusal, Trial, Verdict};
