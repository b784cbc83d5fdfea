//! With whom somebody never wants to be paired. Nobody else learns that there is such a list.
//!
//! A block decides two things: whom the service itself offers (new suggestions, plans), and whether its author hears of
//! a proposal (`notify::plan`, `notify::mail`, mentor asks). It decides no answer to anybody else: each refusal would tell
//! of it, if only by elimination. docs/confidentiality.md says who sees what.

pub mod api;
pub mod model;
pub mod store;
