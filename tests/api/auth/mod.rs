//! Who is asking: tokens that are accepted, and many that are not.

mod forge;
mod foreign;
mod hostile;
mod keys;
mod provider;
mod viewers;
