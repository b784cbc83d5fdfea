//! Who is asking: tokens that are accepted, and many that are not.

mod foreign;
pub mod forge;
mod hostile;
pub mod keys;
mod limits;
mod misbehaviour;
pub mod provider;
mod settings;
mod shapes;
mod viewers;
