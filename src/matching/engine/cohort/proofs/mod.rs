//! What the solver promises, proven on small programs against a look at every plan there is.

mod best;
mod brute;
mod order;
mod program;
mod stable;
mod time;
