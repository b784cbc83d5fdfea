//! The rules of retention.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use crate::http::REMEMBERED_HOURS;
use crate::policy::acts::ReadRetention;
use crate::policy::{Related, Relations, Takes, Viewer};

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum RetainedKind {
    /// The keys of POSTs that were done.
    IdempotencyKeys,
    /// What the two of a pair wrote for each other and for themselves.
    WordsOfEndedPairs,
    /// Suggestions that were answered or are stale, and cohorts at rest.
    ClosedSuggestions,
    /// What people who left said of themselves.
    ProfilesOfDeparted,
    /// What people were told of.
    Notices,
    /// Which tokens were taken back.
    RevokedTokens,
}

/// Notices are kept this long.
const NOTICES_KEPT: TimeDelta = TimeDelta::days(90);
/// An expired token is refused anyway; clocks may differ.
const REVOKED_TOKENS_KEPT: TimeDelta = TimeDelta::days(1);

impl RetainedKind {
    /// Every kind.
    pub const ALL: [Self; 6] = [
        Self::IdempotencyKeys,
        Self::WordsOfEndedPairs,
        Self::ClosedSuggestions,
        Self::ProfilesOfDeparted,
        Self::Notices,
        Self::RevokedTokens,
    ];

    /// What goes.
    pub const fn what(self) -> &'static str {
        match self {
            Self::IdempotencyKeys => "The keys of POSTs that were done are deleted.",
            Self::WordsOfEndedPairs => {
                "Agendas, notes, action items, blockers, agreement, words at the end, place and link, reasons of \
                 cancellations, notebooks, reflections and disclosures are deleted; pairs, sessions, outcomes and \
                 goals stay."
            }
            Self::ClosedSuggestions => {
                "Suggestions that were accepted, dismissed or are stale are deleted, requests for a mentor that are over, and \
                 cohorts that nobody works with, with their drafts; of those that became a pair, the sealed numbers that \
                 suggestions learn from stay with the pair."
            }
            Self::ProfilesOfDeparted => {
                "Bio, topics, skills, needs, career goals, how they learn and communicate, and blocks are deleted; \
                 what HR keeps stays."
            }
            Self::Notices => "Notices are deleted, read or not; what they tell of stays.",
            Self::RevokedTokens => "The hashes of tokens that were taken back are deleted.",
        }
    }

    /// From when the time counts.
    pub const fn counts_from(self) -> &'static str {
        match self {
            Self::IdempotencyKeys => "The request.",
            Self::WordsOfEndedPairs => "The last day of the pair; of one that was declined, its first.",
            Self::ClosedSuggestions => "The day it changed last.",
            Self::ProfilesOfDeparted => "The last entry of the person's history.",
            Self::Notices => "The day it happened.",
            Self::RevokedTokens => "The moment the token expires.",
        }
    }

    /// The rule is applied this often.
    pub const fn every(self) -> TimeDelta {
        match self {
            Self::IdempotencyKeys | Self::RevokedTokens => TimeDelta::hours(1),
            Self::WordsOfEndedPairs | Self::ClosedSuggestions | Self::ProfilesOfDeparted | Self::Notices => {
                TimeDelta::days(1)
            }
        }
    }
}

/// How long the operator keeps what; `None` is for good.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retention {
    /// The words of ended pairs, in days.
    pub ended_pairs_days: Option<u32>,
    /// Answered and stale suggestions and cohorts at rest, in days.
    pub closed_suggestions_days: Option<u32>,
    /// What people who left said of themselves, in days.
    pub departed_profiles_days: Option<u32>,
}

impl Retention {
    /// How long mails lie in their folder: they hold what notices say, and words of pairs.
    pub fn of_mails(self) -> TimeDelta {
        let words = self.of(RetainedKind::WordsOfEndedPairs);
        words.map_or(NOTICES_KEPT, |words| words.min(NOTICES_KEPT))
    }

    /// How long something is kept.
    pub fn of(self, kind: RetainedKind) -> Option<TimeDelta> {
        let days = match kind {
            RetainedKind::IdempotencyKeys => return Some(TimeDelta::hours(REMEMBERED_HOURS)),
            RetainedKind::Notices => return Some(NOTICES_KEPT),
            RetainedKind::RevokedTokens => return Some(REVOKED_TOKENS_KEPT),
            RetainedKind::WordsOfEndedPairs => self.ended_pairs_days,
            RetainedKind::ClosedSuggestions => self.closed_suggestions_days,
            RetainedKind::ProfilesOfDeparted => self.departed_profiles_days,
        };
        days.map(|days| TimeDelta::days(days.into()))
    }
}

/// One rule, as everybody may know it.
#[derive(Clone, Debug)]
pub struct RetentionRule {
    /// What it is about.
    pub kind: RetainedKind,
    /// After how long; `None`: never.
    pub after: Option<TimeDelta>,
    /// When it was applied last.
    pub ran_at: Option<DateTime<Utc>>,
}

impl Related for RetentionRule {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations()
    }
}

impl Takes<ReadRetention> for RetentionRule {}
