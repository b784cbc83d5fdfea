//! Whether the audit log is what the service wrote: every event, every link, every signature, and every table that the
//! lists of events use. docs/audit.md explains each finding.

mod walk;

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, SecondsFormat, Utc};

use super::sign::{Checkpoint, Signer};
use crate::db::Tx;
use crate::ids::{AuditEventId, WriterId};
use crate::secret;

/// More findings than this are counted and not kept.
const KEPT: usize = 200;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// How much was verified.
    pub found: Soundness,
    /// What is wrong, at most 200 findings. Empty: nothing is.
    pub findings: Vec<Finding>,
    /// Findings that were not kept.
    pub more: usize,
}

/// How much was verified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Soundness {
    /// Events in chains.
    pub events: u64,
    /// Checkpoints with a good signature.
    pub checkpoints: u64,
    /// Genuine events that are not chained yet.
    pub unchained: u64,
    /// When the last chained event happened.
    pub last_at: Option<DateTime<Utc>>,
    /// The last checkpoint, to compare with later; `None` if there is none.
    pub last: Option<Since>,
    /// Numbers that a process left missing when it ended, as its successor noticed them.
    pub gaps: Vec<String>,
}

/// A checkpoint that was seen before, kept by somebody outside of the database: `12:signature`.
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
            parts.ok_or("is not `place:signature`, as `audit verify` prints it for the last checkpoint")?;
        Ok(Self { place, signature })
    }
}

impl fmt::Display for Since {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.place, secret::encode(&self.signature))
    }
}

/// Something that is not as the service wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The process run whose chain it is about.
    pub writer_id: Option<WriterId>,
    /// The place in the chain, or among the checkpoints.
    pub seq: Option<i64>,
    /// The event there, if there is one.
    pub event_id: Option<AuditEventId>,
    /// What is wrong.
    pub wrong: Wrong,
}

/// What can be wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The event says something else than when it was written.
    Altered,
    /// So many events are gone from here on.
    Removed(i64),
    /// A genuine event stands in the place of another one.
    Reordered,
    /// The service did not write the event.
    Foreign,
    /// A genuine event that was undone or is in the log already was put into the table.
    Replayed,
    /// A genuine event stands behind the end of the chain, where the service did not put it.
    BehindTheEnd,
    /// The end of the chain is not recorded.
    HeadMissing,
    /// The service did not write the end of the chain.
    HeadForged,
    /// The recorded end is another than the end of the chain.
    HeadWrong,
    /// A checkpoint is gone, or several.
    CheckpointRemoved,
    /// The signature of a checkpoint is not the service's.
    CheckpointForged,
    /// A checkpoint signed the chain up to here, and the chain ends before.
    Missing,
    /// A checkpoint signed another link here.
    Rewritten,
    /// The log cannot be searched for this event by one of its records.
    NotIndexed,
    /// The index names an event for a record that the event does not name.
    WronglyIndexed,
    /// Rows are there twice, or cannot be read.
    Unreadable(String),
    /// The service itself noticed tampering while it ran.
    Noticed(String),
    /// A trigger or rule stands on a table of the log, where the service has none.
    Trigger(String),
    /// Nothing of the log is there, and pairs are: making one is logged.
    Emptied,
    /// The database is older than the checkpoint that was given.
    OlderThanGiven,
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Altered => "altered: the event says something else than when it was written",
            Self::Removed(1) => "removed: the event is gone",
            Self::Removed(count) => return write!(f, "removed: {count} events from here on are gone"),
            Self::Reordered => "reordered: a genuine event stands in the place of another one",
            Self::Foreign => "foreign: the service did not write this event",
            Self::Replayed => "replayed: the event was undone or is in the log already; somebody put it into the table",
            Self::BehindTheEnd => "behind the end: the service did not put this event into the chain",
            Self::HeadMissing => "head missing: the end of this chain is not recorded any more",
            Self::HeadForged => "head forged: the service did not write the recorded end of this chain",
            Self::HeadWrong => "head wrong: the recorded end is another than the end of the chain",
            Self::CheckpointRemoved => "checkpoint removed: one or more checkpoints are gone from here on",
            Self::CheckpointForged => "checkpoint forged: the signature is not the service's",
            Self::Missing => "missing: a checkpoint signed the chain up to here, and the chain ends before",
            Self::Rewritten => "rewritten: a checkpoint signed another link here",
            Self::NotIndexed => "not indexed: a search by record does not find this event",
            Self::WronglyIndexed => "wrongly indexed: a search finds this event by a record that it does not name",
            Self::Unreadable(what) => return write!(f, "unreadable: {what}"),
            Self::Noticed(what) => return write!(f, "noticed: the service found rows changed while it ran ({what})"),
            Self::Trigger(name) => {
                return write!(f, "trigger: `{name}` can change what the service writes into the log; drop it");
            }
            Self::Emptied => "emptied: there are pairs, and nothing of the log that their making left",
            Self::OlderThanGiven => {
                "older: the checkpoint that you gave is not in the database; it was set back or replaced"
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

/// A line for each finding, then what was verified.
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

/// Verifies all of the log. The snapshot sees all of it as of one moment. `since` is a checkpoint that must still be there.
pub async fn verify(tx: &mut Tx, signer: &Signer, since: Option<&Since>) -> sqlx::Result<Verdict> {
    let mut verdict = Verdict::default();
    match walk::all(tx, signer, since, &mut verdict).await {
        // Somebody put something there that no event can be.
        Err(error @ (sqlx::Error::Database(_) | sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_))) => {
            verdict.add(None, None, None, Wrong::Unreadable(error.to_string()));
        }
        done => done?,
    }
    Ok(verdict)
}
