//! The few numbers that a profile holds, each on its scale.

use crate::number::scales;

scales! {
    /// How well somebody can teach a skill: 1 knows the basics, 5 is asked by experts.
    SkillLevel from 1 to 5, such as 4;
    /// How well somebody who wants to learn a skill has it today.
    CurrentLevel from 0 to 4, such as 1;
    /// How much a need matters: 1 would be nice, 3 matters most.
    Priority from 1 to 3, such as 3;
    /// Pairs that somebody would mentor at once.
    Capacity from 1 to 10, such as 3;
}
