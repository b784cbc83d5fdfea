//! Whether suggestions treat groups of people equally, and mentors too. This is arithmetic only: the groups come from a
//! store that the engine never reads, and nothing here flows back into a score.
//!
//! Figures about a small group would reveal its members. So small groups are left out. Other groups are left out too,
//! if the small ones could otherwise be computed as the difference from the total.

mod exposure;
mod parity;
mod proxies;
mod suppression;

pub use exposure::{exposures, gini, share_never_shown};
pub use parity::{Figures, Member, Parity, Part, exactly, parity};
pub use proxies::{Observation, Proxy, proxies};
pub use suppression::{LEAST_PEOPLE, MOST_OFF, hidden};
