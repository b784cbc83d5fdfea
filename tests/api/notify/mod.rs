//! What happened is told to whom it concerns.

mod departures;
mod foreign;
mod mails;
mod outbox;
mod webhooks;
