//! Who looked and who changed what. `policy` notes it where it happens; here it is queued, written
//! in batches, chained by hash and signed.
//!
//! A sealed value opens only for who has a place in the queue ([`Looks`]), so nobody reads unseen.
//! A deed is written by the unit of work that it belongs to ([`Deeds`]).

mod chain;
mod event;
mod keeper;
mod queue;
mod sign;
mod verify;
mod witness;

pub use event::{Actor, ActorKind, first_id_at};
pub use queue::Trail;
pub use sign::{PublicKey, Signer};
pub use verify::{BadLink, Soundness, Verdict, Wrong, verify};
pub use witness::{Deed, Deeds, Looks, Witness};
