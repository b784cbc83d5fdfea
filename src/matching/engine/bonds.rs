//! The links between two people, as a small set of flags.

use super::profile::Profile;

/// A set of links between a mentee and a mentor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bonds(u8);

impl Bonds {
    /// There is no link.
    pub const NONE: Self = Self(0);
    /// They share a working language.
    pub const LANGUAGE: Self = Self(1);
    /// They named the same topic.
    pub const TOPIC: Self = Self(1 << 1);
    /// The mentee named the mentor.
    pub const MENTEE_NAMED: Self = Self(1 << 2);
    /// The mentor named the mentee.
    pub const MENTOR_NAMED: Self = Self(1 << 3);
    /// One is the second manager of the other (dotted line).
    pub const DOTTED_LINE: Self = Self(1 << 4);
    /// They have a live pair.
    pub const LIVE: Self = Self(1 << 5);
    /// A pair of the two ended by mismatch or poor chemistry within 24 months.
    pub const ENDED_BADLY: Self = Self(1 << 6);
    /// One blocked the other.
    pub const BLOCKED: Self = Self(1 << 7);

    /// All links between two people, from both sides.
    #[must_use]
    pub fn between(mentee: &Profile, mentor: &Profile) -> Self {
        let (one, other) = (mentee.person.id, mentor.person.id);
        let either = |list: fn(&Profile) -> &Vec<_>| list(mentee).contains(&other) || list(mentor).contains(&one);
        Self::NONE
            .with(Self::LANGUAGE, mentee.languages.iter().any(|l| mentor.languages.contains(l)))
            .with(Self::TOPIC, mentee.topics.iter().any(|t| mentor.topics.contains(t)))
            .with(Self::MENTEE_NAMED, mentee.named.contains(&other))
            .with(Self::MENTOR_NAMED, mentor.named.contains(&one))
            .with(Self::DOTTED_LINE, mentee.dotted_manager == Some(other) || mentor.dotted_manager == Some(one))
            .with(Self::LIVE, either(|p| &p.live))
            .with(Self::ENDED_BADLY, either(|p| &p.ended_badly))
            .with(Self::BLOCKED, either(|p| &p.blocked))
    }

    /// Both sets together.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// These links, and those of `other` where it holds.
    #[must_use]
    pub const fn with(self, other: Self, holds: bool) -> Self {
        if holds { self.and(other) } else { self }
    }

    /// Whether this set contains all links of `other`.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
