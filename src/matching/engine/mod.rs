//! The pure core of match suggestions: who may be proposed to whom, how good a pair would be and why, and the best few
//! mentors for one mentee among a million people. Plain values in, plain values out: no store, no clock, no chance.
//!
//! `profile` and `rules` are what the caller brings. `constraints` says who may be paired at all. `features`, `weights`,
//! `score` and `level` make one number and its meaning; `reasons` explains it. `index` finds the best without looking at
//! everybody, and finds exactly whom a look at everybody would find. `cohort` plans a whole program at once, and looks at a
//! clock only to know when to stop. `org` makes people to try it on.
//!
//! `learn` turns outcomes into weights and says whether they deserve to be used; `fairness` looks at what came of it all,
//! group by group, and gives nothing back.
//!
//! No protected attribute is among the inputs: there is no field to put one in (see `profile`).

#[cfg(test)]
mod agreement;
mod best;
mod bonds;
#[cfg(test)]
mod brute;
mod cells;
pub mod cohort;
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
pub use profile::{Need, Offer, Offered, Person, Profile, Span, Target};
pub use random::Random;
pub use reasons::{Assessment, Judge, PERSONAL_FIT, Reason};
pub use rules::{Model, Rules};
pub use score::{Score, contribution};
pub use skills::SkillGraph;
pub use weights::{FACTORS, Factor, WHOLE, Weights, WrongSum};
