//! What happened is told to whom it concerns.

mod calendars;
mod departures;
mod feeds;
mod foreign;
pub mod mails;
mod notices;
mod outbox;
mod preferences;
mod reminders;
mod series;
pub mod webhooks;
