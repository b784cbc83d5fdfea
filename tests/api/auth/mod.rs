//! Who is asking: tokens that are accepted, and many that are not.

mod foreign;
mod forge;
mod hostile;
mod keys;
mod misbehaviour;
mod provider;
mod viewers;
