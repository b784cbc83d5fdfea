//! Who is asking: bearer token → [`Viewer`](crate::policy::Viewer), and which keys we trust.

mod claims;
mod gate;
mod jwks;
mod local;
mod quota;
mod store;

pub use claims::PersonClaim;
pub use gate::Gate;
pub use jwks::{Jwks, JwksError};
pub use local::{LocalKey, Mint};
pub use quota::{Quota, Quotas};
