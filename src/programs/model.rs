//! What a program is, and the models of mentoring it can follow.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A way of mentoring, with its own rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, sqlx::Type, ToSchema)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
pub enum Model {
    /// One mentor, one mentee, for months.
    #[default]
    OneOnOne,
    /// One mentor and several mentees, each a pair of its own.
    Group,
    /// Two people of about the same level.
    Peer,
    /// The junior mentors the senior.
    Reverse,
    /// One on one, never in one room.
    Virtual,
    /// Across functions, at about the same level.
    Lateral,
    /// Towards a next role.
    Career,
    /// About one skill.
    SkillBased,
    /// A new mentor every few months.
    Rotational,
    /// One or a few talks within a month.
    Flash,
}

impl Model {
    /// How many levels the mentor may be above the mentee, least and most. `None`: any.
    pub const fn level_window(self) -> Option<(i64, i64)> {
        match self {
            Self::Reverse => Some((-8, -1)),
            Self::Peer => Some((-1, 1)),
            Self::Lateral => Some((-1, 2)),
            Self::Group | Self::Flash => Some((0, 19)),
            Self::OneOnOne | Self::Virtual | Self::Career | Self::SkillBased | Self::Rotational => None,
        }
    }

    /// The longest a pair of this model may last, in days. `None`: as long as it likes.
    pub const fn longest_days(self) -> Option<i64> {
        match self {
            Self::Flash => Some(31),
            Self::Rotational => Some(183),
            _ => None,
        }
    }
}
