//! The back end of workplace mentorship. Modules are listed top down: each one imports only modules above it.

#[macro_use]
pub mod values;

pub mod clock;
pub mod ids;
pub mod number;
pub mod problem;
pub mod secret;
pub mod text;
pub mod time;

pub mod vault;

pub mod db;

pub mod audit_log;

pub mod policy;

pub mod outbox;

pub mod auth;
pub mod http;
pub mod jobs;

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
pub mod background;
pub mod config;
pub mod serve;
pub mod start;

pub mod audit;
pub mod check;
pub mod health;
pub mod keys;
pub mod row_security;
pub mod token;

pub mod demo;
