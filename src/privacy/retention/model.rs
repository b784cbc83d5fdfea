//! The retention rules.

use chrono::{DateTime, TimeDelta, Utc};

use crate::http::REMEMBERED_HOURS;
use crate::policy::acts::ReadRetention;
use crate::policy::{Related, Relations, Takes, Viewer};

values! {
    /// Kind of data that a retention rule is about.
    @may_grow pub enum RetainedKind {
        /// Idempotency keys of completed POST requests.
        IdempotencyKeys,
        /// Texts that the mentor and the mentee of an ended or declined pair wrote.
        WordsOfEndedPairs,
        /// Suggestions that are answered or stale, closed mentor requests, and matching rounds without activity.
        ClosedSuggestions,
        /// Profiles of people who have departed.
        ProfilesOfDeparted,
        /// Notices.
        Notices,
        /// Hashes of revoked tokens.
        RevokedTokens,
    }
}

/// Notices are kept this long.
const NOTICES_KEPT: TimeDelta = TimeDelta::days(90);
/// Kept this long after the token expires, because clocks may differ. An expired token is refused anyway.
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

    /// Effect of the rule.
    pub const fn effect(self) -> &'static str {
        match self {
            Self::IdempotencyKeys => "Idempotency keys of completed POST requests are deleted.",
            Self::WordsOfEndedPairs => {
                "Agendas, notes, action items, blockers, agreements, closing notes, cadences, places and links of \
                 sessions, cancellation reasons, notebooks, reflections and disclosures are deleted. Pairs, sessions, \
                 outcomes and goals stay."
            }
            Self::ClosedSuggestions => {
                "Suggestions that are accepted, dismissed or stale are deleted, and so are closed mentor requests, and \
                 matching rounds without activity together with their drafts. If a suggestion became a pair, the \
                 sealed numbers that suggestions learn from stay with the pair."
            }
            Self::ProfilesOfDeparted => {
                "Bio, formats, topics, skills, needs, career goals, learning and communication style, accommodations \
                 and blocks are deleted. Data from HR stays."
            }
            Self::Notices => "Notices are deleted, read or not. The records that they are about stay.",
            Self::RevokedTokens => "Hashes of revoked tokens are deleted.",
        }
    }

    /// Event from which the time counts.
    pub const fn counts_from(self) -> &'static str {
        match self {
            Self::IdempotencyKeys => "The time of the request.",
            Self::WordsOfEndedPairs => "The last day of the pair. For a declined pair: its first day.",
            Self::ClosedSuggestions => "The last change.",
            Self::ProfilesOfDeparted => "The start of the last entry in the person's history.",
            Self::Notices => "The time of creation.",
            Self::RevokedTokens => "The time when the token expires.",
        }
    }

    /// Interval between two applications of the rule.
    pub const fn every(self) -> TimeDelta {
        match self {
            Self::IdempotencyKeys | Self::RevokedTokens => TimeDelta::hours(1),
            Self::WordsOfEndedPairs | Self::ClosedSuggestions | Self::ProfilesOfDeparted | Self::Notices => {
                TimeDelta::days(1)
            }
        }
    }
}

/// Retention times set by the operator. `None`: kept for good.
#[derive(Clone, Copy, Debug, Default)]
pub struct Retention {
    /// Texts of ended pairs, in days.
    pub ended_pairs_days: Option<u32>,
    /// Closed suggestions and matching rounds without activity, in days.
    pub closed_suggestions_days: Option<u32>,
    /// Profiles of departed people, in days.
    pub departed_profiles_days: Option<u32>,
}

impl Retention {
    /// How long mail files are kept. They contain the texts of notices and of pairs.
    pub fn of_mails(self) -> TimeDelta {
        let words = self.of(RetainedKind::WordsOfEndedPairs);
        words.map_or(NOTICES_KEPT, |words| words.min(NOTICES_KEPT))
    }

    /// How long data of this kind is kept.
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

/// One rule, as all viewers see it.
#[derive(Clone, Debug)]
pub struct RetentionRule {
    /// Kind of data.
    pub kind: RetainedKind,
    /// Time until deletion. `None`: never.
    pub after: Option<TimeDelta>,
    /// Time when it was last applied.
    pub ran_at: Option<DateTime<Utc>>,
}

impl Related for RetentionRule {
    fn relations(&self, viewer: &Viewer) -> Relations {
        viewer.relations()
    }
}

impl Takes<ReadRetention> for RetentionRule {}
