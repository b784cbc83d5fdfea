//! Tests of the solver: small programs are compared with all possible plans.

#![expect(clippy::cast_possible_truncation, reason = "the numbers are small")]

mod best;
mod brute;
mod order;
mod program;
mod stable;
mod time;
