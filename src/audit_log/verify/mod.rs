//! Verifies that the audit log is what the service wrote: every event, link and signature, and the index by record.
//! docs/audit.md explains each finding.

mod walk;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};

use super::sign::{Checkpoint, Signer};
use crate::db::Tx;
use crate::ids::{AuditEventId, WriterId};
use crate::secret;

/// Number of findings to keep; more are only counted.
const KEPT: usize = 200;

/// The result of a verification.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Numbers of what was verified.
    pub found: Soundness,
    /// Faults, at most 200. Empty: the log is as the service wrote it.
    pub findings: Vec<Finding>,
    /// Number of further findings that were not kept.
    pub more: usize,
}

/// Numbers of what was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soundness {
    /// Number of chained events.
    pub events: u64,
    /// Number of checkpoints with a valid signature.
    pub checkpoints: u64,
    /// Number of genuine events that are not chained yet.
    pub unchained: u64,
    /// Time of the last chained event. `None`: there is none.
    pub last_at: Option<DateTime<Utc>>,
    /// The last checkpoint, for a later comparison. `None`: there is none.
    pub last: Option<Since>,
    /// Notes about processes that ended and whose numbers have gaps.
    pub gaps: Vec<String>,
}

/// A checkpoint from an earlier verification, kept outside the database: `12:signature`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Since {
    place: i64,
    signature: Vec<u8>,
}

impl Since {
    pub(super) fn of(checkpoint: &Checkpoint) -> Self {
        Self { place: checkpoint.place, signature: checkpoint.signature.clone() }
    }
}

impl FromStr for Since {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text
            .split_once(':')
            .and_then(|(place, signature)| Some((place.parse().ok()?, secret::decode(signature).ok()?)));
        let (place, signature) =
            parts.ok_or("must be `place:signature`, as `audit verify` prints it for the last checkpoint")?;
        Ok(Self { place, signature })
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.place, secret::encode(&self.signature))
    }
}

/// A fault: something that is not as the service wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Id of the process run whose chain has the fault.
    pub writer_id: Option<WriterId>,
    /// Position in the chain, or place among the checkpoints.
    pub seq: Option<i64>,
    /// Id of the event with the fault. `None`: the fault is not about one event.
    pub event_id: Option<AuditEventId>,
    /// Kind of the fault.
    pub wrong: Wrong,
}

/// Kind of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The content of the event was changed after it was written.
    Altered,
    /// Events are missing from this position on; with their number.
    Removed(i64),
    /// A genuine event is at the position of another event.
    Reordered,
    /// The service did not write the event.
    Foreign,
    /// A genuine event was inserted a second time, or after its transaction was rolled back.
    Replayed,
    /// A genuine event is after the recorded end of the chain, where the service did not put it.
    BehindTheEnd,
    /// The end of the chain is not recorded.
    HeadMissing,
    /// The service did not write the end of the chain.
    HeadForged,
    /// The recorded end differs from the end of the chain.
    HeadWrong,
    /// One or more checkpoints are missing.
    CheckpointRemoved,
    /// The signature of a checkpoint is not valid.
    CheckpointForged,
    /// A checkpoint signed the chain up to here, and the chain ends before.
    Missing,
    /// A checkpoint signed another link here.
    Rewritten,
    /// The index lacks an entry for one of the event's records.
    NotIndexed,
    /// The index has an entry for a record that the event does not have.
    WronglyIndexed,
    /// Rows exist twice, or cannot be read.
    Unreadable(String),
    /// The service itself noticed tampering while it ran.
    Noticed(String),
    /// A table of the log has a trigger or rule; the service creates none.
    Trigger(String),
    /// The log is empty although pairs exist, whose creation is logged.
    Emptied,
    /// The database is older than the checkpoint that was given.
    OlderThanGiven,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Altered => "altered: the content of the event was changed after it was written",
            Self::Removed(1) => "removed: the event is missing",
            Self::Removed(count) => return write!(f, "removed: {count} events are missing from here on"),
            Self::Reordered => "reordered: a genuine event is at the position of another event",
            Self::Foreign => "foreign: the service did not write this event",
            Self::Replayed => "replayed: the event was inserted again, or after its transaction was rolled back",
            Self::BehindTheEnd => "behind the end: the service did not put this event into the chain",
            Self::HeadMissing => "head missing: the end of this chain is no longer recorded",
            Self::HeadForged => "head forged: the service did not write the recorded end of this chain",
            Self::HeadWrong => "head wrong: the recorded end differs from the end of the chain",
            Self::CheckpointRemoved => "checkpoint removed: one or more checkpoints are missing from here on",
            Self::CheckpointForged => "checkpoint forged: the signature is not valid",
            Self::Missing => "missing: a checkpoint signed the chain up to here, and the chain ends before",
            Self::Rewritten => "rewritten: a checkpoint signed another link here",
            Self::NotIndexed => "not indexed: a search by record does not find this event",
            Self::WronglyIndexed => "wrongly indexed: a search finds this event by a record that it does not have",
            Self::Unreadable(what) => return write!(f, "unreadable: {what}"),
            Self::Noticed(what) => return write!(f, "noticed: the service found rows changed while it ran ({what})"),
            Self::Trigger(name) => {
                return write!(f, "trigger: `{name}` can change what the service writes into the log; remove it");
            }
            Self::Emptied => "emptied: the log is empty although pairs exist, whose creation is logged",
            Self::OlderThanGiven => {
                "older: the given checkpoint is not in the database; the database is an older copy or was replaced"
            }
        };
        f.write_str(text)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("wrong: ")?;
        if let Some(writer) = self.writer_id {
            write!(f, "writer {writer}, ")?;
        }
        if let Some(seq) = self.seq {
            write!(f, "seq {seq}, ")?;
        }
        if let Some(id) = self.event_id {
            write!(f, "event {id}, ")?;
        }
        write!(f, "{}", self.wrong)
    }
}

impl Verdict {
    /// Whether nothing is wrong.
    pub const fn is_sound(&self) -> bool {
        self.findings.is_empty()
    }

    fn add(&mut self, writer_id: Option<WriterId>, seq: Option<i64>, event_id: Option<AuditEventId>, wrong: Wrong) {
        if self.findings.len() < KEPT {
            self.findings.push(Finding { writer_id, seq, event_id, wrong });
        } else {
            self.more += 1;
        }
    }
}

/// One line for each finding, then the numbers of what was verified.
impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        if self.more > 0 {
            writeln!(f, "wrong: {} more findings", self.more)?;
        }
        let Soundness { events, checkpoints, unchained, last_at, last, gaps } = &self.found;
        let verdict = if self.is_sound() { "nothing wrong" } else { "the log is not as the service wrote it" };
        write!(f, "{verdict}, {events} events, {checkpoints} checkpoints")?;
        if let Some(at) = last_at {
            write!(f, ", last {}", at.to_rfc3339_opts(SecondsFormat::Micros, true))?;
        }
        if *unchained > 0 {
            write!(f, "; {unchained} events wait to be chained")?;
        }
        for gap in gaps {
            write!(f, "\nnote: {gap}")?;
        }
        if let Some(last) = last {
            write!(f, "\nlast checkpoint {last}")?;
        }
        Ok(())
    }
}

/// Verifies the whole log, in one snapshot. `since`: a checkpoint that must still be there.
pub async fn verify(tx: &mut Tx, signer: &Signer, since: Option<&Since>) -> sqlx::Result<Verdict> {
    let mut verdict = Verdict::default();
    match walk::all(tx, signer, since, &mut verdict).await {
        // A row cannot be read as an event: the service did not write it.
        Err(error @ (sqlx::Error::Database(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))) => {
            verdict.add(None, None, None, Wrong::Unreadable(error.to_string()));
        }
        done => done?,
    }
    Ok(verdict)
}
