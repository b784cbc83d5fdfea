//! Weights of the factors in a program: those of the match model, unless the leads set others.

pub mod api;
pub mod basis;
pub mod factor_weights;
pub mod model;
pub mod store;

pub use api::routes;
