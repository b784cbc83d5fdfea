//! Black-box tests over HTTP: the real service on both engines, each test with a database of its
//! own and a clock it moves.
#![allow(missing_docs, reason = "tests are named as sentences")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

#[macro_use(apply)]
extern crate macro_rules_attribute;

#[macro_use]
mod harness;

mod audit;
mod auth;
mod confidentiality;
mod docs;
mod document;
mod enrolments;
mod fairness;
mod goals;
mod habits;
mod identity;
mod insights;
mod jobs;
mod kills;
mod match_models;
mod matching_rounds;
mod matrix;
mod mentor_requests;
mod mirrors;
mod notify;
mod operating;
mod pairs;
mod people;
mod plans;
mod policy;
mod privacy;
mod programs;
mod races;
mod row_security;
mod sessions;
mod skills;
mod store;
mod suggestions;
mod teams;
mod vault;
