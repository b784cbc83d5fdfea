//! What happened is told to whom it concerns.

mod departures;
mod foreign;
mod mails;
mod notices;
mod outbox;
mod preferences;
mod reminders;
