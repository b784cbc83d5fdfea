//! Learning from outcomes: what is learnt, who decides, what suggestions make of it, and who learns nothing of it.

mod ground;
mod learning;
mod life;
mod shadow;
