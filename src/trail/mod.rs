//! The audit log: who read private words and who changed what. `policy` notes it where it happens; here it is numbered,
//! authenticated, written, chained by hash and signed. docs/audit.md explains it.
//!
//! A sealed value opens only for who has a place in the queue ([`Looks`]), so nobody reads unseen.
//! A deed is written by the transaction that it belongs to ([`Deeds`]).

mod alarm;
mod chain;
mod event;
mod keeper;
mod ledger;
mod left;
mod queue;
mod sign;
mod verify;
mod witness;
mod write;

pub use event::{Actor, ActorKind, Event, first_id_at};
pub use queue::Trail;
pub use sign::{PublicKey, Signer};
pub use verify::{Finding, Since, Soundness, Verdict, Wrong, verify};
pub use witness::{Deed, Deeds, Looks, Witness};
