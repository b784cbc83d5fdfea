//! Series: sessions that repeat. All sessions of a series are created at once; afterwards each one is changed
//! separately.

pub mod model;
pub mod store;
