//! Authentication: turns a bearer token into a [`Viewer`](crate::policy::Viewer). `policy` decides what it may do.

mod address;
mod address_limits;
mod arrival;
mod authenticator;
mod claims;
mod first_sign_in;
mod jwks;
mod key_set;
mod local;
mod look_up;
mod naming;
mod open_streams;
mod quota;
mod refusal;
mod session;
mod store;
mod token_cache;

pub use address::ClientAddress;
pub use address_limits::{AddressLimits, Charge};
pub use arrival::{Arrival, Stopped, Wait};
pub use authenticator::Authenticator;
pub use first_sign_in::FirstSignIn;
pub use jwks::{Jwks, JwksError};
pub use local::{LocalKey, TokenSubject};
pub use naming::{ClaimPath, MatchedWith, PersonClaim, RoleClaim};
pub use quota::{Quota, Quotas};
pub use refusal::Refusal;
pub use session::Session;
pub(crate) use store::forget_revoked;
