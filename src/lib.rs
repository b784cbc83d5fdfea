//! The back end of workplace mentorship. Rooms, top down: each imports only those above it.

pub mod clock;
pub mod ids;
#[cfg(feature = "planted-leaks")]
pub mod leaks;
pub mod number;
pub mod problem;
pub mod secret;
pub mod text;
pub mod time;

pub mod vault;

pub mod db;
pub mod trail;

pub mod policy;

pub mod outbox;

pub mod auth;
pub mod http;

pub mod people;

pub mod identity;

pub mod programs;

pub mod pairs;
pub mod sessions;

pub mod goals;
pub mod matching;

pub mod insights;

pub mod fairness;

pub mod notify;

pub mod privacy;

pub mod app;
pub mod config;
pub mod serve;
pub mod start;

pub mod audit;
pub mod check;
pub mod demo;
pub mod health;
pub mod keys;
pub mod row_security;
pub mod token;
