//! Blocks: people a person never wants to be paired with. Only the author knows that the list exists.
//!
//! A block decides two things: which people the service itself proposes (suggestions, matching rounds), and whether its
//! author is notified of a proposal (`notify::plan`, `notify::mail`, mentor invitations). It changes no answer to other
//! people, because each refusal would reveal it. docs/confidentiality.md describes who sees what.

pub mod api;
pub mod model;
pub mod store;
