//! Webhooks: addresses outside that are told what happens, as Standard Webhooks has it: signed, and
//! thin. A webhook is a viewer: it hears ids and kinds, as far as its scopes reach.

mod address;
pub mod api;
mod call;
mod client;
mod life;
pub mod model;
mod payload;
pub mod sign;
pub mod store;

pub use address::Reach;
pub use call::call;
pub use client::Caller;
