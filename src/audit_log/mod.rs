//! The audit log: who read private words and who changed what. `policy` records reads and acts where they happen. This
//! module numbers, authenticates, writes, chains and signs them. docs/audit.md explains how.
//!
//! A sealed value opens only after a slot in the queue is reserved ([`RecordedReads`]), so every read is recorded.
//! A change is recorded in the transaction that makes it ([`RecordedChanges`]).

mod alarm;
mod chain;
mod event;
mod own;
mod pending;
mod queue;
mod recorder;
mod report;
mod sign;
mod task;
mod unfinished;
mod verify;
mod write;

pub use event::{Actor, ActorKind, Event, first_id_at};
pub use queue::AuditLog;
pub use recorder::{RecordedAct, RecordedChanges, RecordedReads, RequestRecorder};
pub use sign::{PublicKey, Signer};
pub use verify::{Finding, Since, Soundness, Verdict, Wrong, verify};
