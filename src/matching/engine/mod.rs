//! The calculations of matching: which mentors a mentee may have, how good a pair would be and why, and the best
//! mentors for one mentee among a million people. It works on plain values only: no database, no clock, no random
//! numbers.
//!
//! - `profile` and `rules` are the input.
//! - `constraints` decides who may be paired at all.
//! - `features`, `weights`, `score` and `level` compute a score and its meaning; `reasons` explains it.
//! - `index` finds the best mentors without scoring all of them. The result is the same as with a full scan.
//! - `round` plans a whole program at once. It reads a clock only to know when to stop.
//! - `learn` computes weights from outcomes and decides whether they are good enough to be used.
//! - `fairness` compares groups of people. Nothing flows back into a score.
//! - `org` generates people for tests, the demo and benchmarks.
//!
//! No protected attribute is an input: there is no field for one (see `profile`).

#[cfg(test)]
mod agreement;
mod best;
mod bonds;
#[cfg(test)]
mod brute;
mod cells;
mod constraints;
mod evidence;
pub mod fairness;
mod features;
mod gains;
mod growth;
mod index;
mod keys;
pub mod learn;
mod level;
mod names;
pub mod org;
mod org_tree;
mod postings;
mod profile;
mod random;
mod reasons;
pub mod round;
mod rules;
mod scale;
mod score;
mod search;
mod skills;
mod table;
mod weights;

pub use best::Pick;
pub use constraints::{Exclusion, Tally, exclusion};
pub use evidence::{Distance, Evidence, Naming, Nearness};
pub use features::{Features, NEUTRAL};
pub use growth::GrowthArea;
pub use index::Index;
pub use keys::{Department, Ladder, Language, Role, Skill, Team, Topic};
pub use level::{Calibration, Caution, Level};
pub use names::Names;
pub use profile::{MentoringOffer, Need, Offered, Person, Profile, Span, Target};
pub use random::Random;
pub use reasons::{Assessment, Judge, PERSONAL_FIT, Reason};
pub use rules::{MentoringModel, Rules};
pub use score::{Score, contribution};
pub use skills::SkillGraph;
pub use weights::{FACTORS, Factor, WHOLE, Weights, WrongSum};
