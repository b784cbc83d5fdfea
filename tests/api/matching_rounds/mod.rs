//! A whole program matched at once: planned, reviewed, published, taken back; and who learns of it.

pub mod club;
mod confidence;
mod life;
mod review;
mod troubles;
