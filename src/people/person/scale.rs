//! The numbers of a profile, each with its range.

use crate::number::scales;

scales! {
    /// Skill level, from 1 (knows the basics) to 5 (experts ask for advice).
    SkillLevel from 1 to 5, such as 4;
    /// Current level of a skill that a person wants to learn, from 0 (none) to 4.
    CurrentLevel from 0 to 4, such as 1;
    /// Importance of a need, from 1 (would be nice) to 3 (matters most).
    Priority from 1 to 3, such as 3;
    /// Maximum number of mentees that a mentor takes at the same time.
    Capacity from 1 to 10, such as 3;
}
