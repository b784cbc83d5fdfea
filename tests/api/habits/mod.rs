//! The habits of every resource: errors, limits, headers, idempotency.

mod addresses;
mod bodies;
mod cors;
mod counts;
mod etags;
mod headers;
mod hogs;
mod idempotency;
mod limits;
mod patches;
mod shapes;
mod slow;
mod texts;
mod times;
mod watch;
mod wire;
