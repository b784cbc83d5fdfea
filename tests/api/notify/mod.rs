//! What happened is told to whom it concerns.

mod calendars;
mod departures;
mod feeds;
mod foreign;
mod mails;
mod outbox;
mod series;
mod webhooks;
