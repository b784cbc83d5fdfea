//! Learning from outcomes: which factors predict a good pair in this organisation, and whether the learnt weights are
//! clearly better than the weights in use.
//!
//! Outcomes can make a factor count more, less or not at all, but never count against a pair. No new factor can be
//! learnt. The same cases in any order give the same verdict. It says what would change and why the weights should be
//! promoted or not. Nothing is promoted here: the caller stores versions, and people decide.

mod case;
mod cross_validation;
mod curve;
mod decide;
mod fit;
mod label;
mod learner;
mod odds;
mod quadratic;
mod reliability;
mod sample;
mod shares;
mod steps;
mod trial;
mod verdict;

pub use case::{Case, Dated, Ending, Midpoint, Reaction};
pub use curve::Curve;
pub use learner::Learner;
pub use steps::{CurveStep, Steps};
pub use verdict::{Change, Counts, Decision, EvaluatedWeights, Gain, KeepReason, Trial, Verdict};
