//! Whether suggestions treat groups of people alike, and mentors too. Arithmetic only: which groups there are comes from
//! an audit store that the engine never reads, and nothing here flows back into a score.
//!
//! What is told of a group could be told of its members if they are few. So small groups are left out, and with them as
//! many others as it takes that nobody can find them as the difference from the whole.

mod exposure;
mod parity;
mod proxies;
mod suppression;

pub use exposure::{exposures, gini, share_never_shown};
pub use parity::{Figures, Member, Parity, Part, exactly, parity};
pub use proxies::{Proxy, Sight, proxies};
pub use suppression::{LEAST_PEOPLE, MOST_OFF, hidden};
