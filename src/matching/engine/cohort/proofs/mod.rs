//! What the solver promises, proven on small programs against a look at every plan there is.

#![expect(clippy::cast_possible_truncation, reason = "the numbers are small")]

mod best;
mod brute;
mod order;
mod program;
mod stable;
mod time;
