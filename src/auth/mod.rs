//! Who is asking: bearer token → [`Viewer`](crate::policy::Viewer), and which keys we trust.

mod address;
mod arrival;
mod claims;
mod first_sign_in;
mod gate;
mod jwks;
mod key_set;
mod local;
mod look_up;
mod memory;
mod naming;
mod quota;
mod refusal;
mod session;
mod store;
mod strangers;

pub use address::ClientAddress;
pub use arrival::{Arrival, Stopped, Wait};
pub use first_sign_in::FirstSignIn;
pub use gate::Gate;
pub use jwks::{Jwks, JwksError};
pub use local::{LocalKey, Mint};
pub use naming::{ClaimPath, MatchedWith, PersonClaim, RoleClaim};
pub use quota::{Quota, Quotas};
pub use refusal::Refusal;
pub use session::Session;
pub(crate) use store::forget_revoked;
pub use strangers::{Charge, Strangers};
