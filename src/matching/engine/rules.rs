//! The rules of a search: the mentoring model with its level window, the weights and the program.

use uuid::Uuid;

use super::weights::Weights;

/// The rules of one search.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The mentoring model.
    pub model: MentoringModel,
    /// How much each factor counts.
    pub weights: Weights,
    /// Whether the program prefers mentors from nearby. It reverses the values of `team_distance`.
    pub prefers_near_team: bool,
    /// Ids of the mentors of the program, sorted. `None`: the search is not for a program.
    pub enrolled: Option<&'a [Uuid]>,
}

impl Rules<'_> {
    /// A mentoring model with the first weights, not for a program.
    #[must_use]
    pub fn of(model: MentoringModel) -> Self {
        Self { model, weights: Weights::default(), prefers_near_team: false, enrolled: None }
    }

    /// Whether this mentor is in the program, or the search is not for a program.
    #[must_use]
    pub fn admits(&self, mentor: Uuid) -> bool {
        self.enrolled.is_none_or(|list| list.binary_search(&mentor).is_ok())
    }
}

/// Larger than any level gap.
const ANY: i16 = i16::MAX;

macro_rules! models {
    ($($(#[$doc:meta])* $model:ident = $name:literal: $(($from:expr, $to:expr, $value:literal))+;)*) => {
        /// A mentoring model. Each has a table with the allowed level gaps (mentor above mentee) and the value of
        /// `level_gap` for them. A gap outside the table is not allowed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum MentoringModel { $($(#[$doc])* $model,)* }

        impl MentoringModel {
            /// Every model.
            pub const ALL: &[Self] = &[$(Self::$model,)*];

            /// The name in the API.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$model => $name,)* } }

            /// Steps of (lowest gap, highest gap, value), in increasing order and without holes.
            const fn steps(self) -> &'static [(i16, i16, u16)] {
                match self { $(Self::$model => &[$(($from, $to, $value)),+],)* }
            }
        }
    };
}

models! {
    /// The traditional pair. A mentor one or two levels above still remembers the position of the mentee.
    OneOnOne = "one_on_one": (1, 2, 10_000) (3, 3, 6_000) (4, 4, 3_000);
    /// One mentor for several mentees. The mentees learn from each other too, so a wide gap does no harm.
    Group = "group": (0, 0, 4_000) (1, 1, 8_000) (2, 4, 10_000) (5, ANY, 8_000);
    /// Two people of about the same level.
    Peer = "peer": (-1, -1, 8_000) (0, 0, 10_000) (1, 1, 8_000);
    /// A junior person mentors a senior one. A wider gap brings more new views.
    Reverse = "reverse": (-8, -3, 10_000) (-2, -2, 7_000) (-1, -1, 4_000);
    /// The traditional pair, meeting remotely. The levels are the same as for a traditional pair.
    Virtual = "virtual": (1, 2, 10_000) (3, 3, 6_000) (4, 4, 3_000);
    /// A mentor from another part of the organisation, about as senior or a little more.
    Lateral = "lateral": (-1, -1, 6_000) (0, 1, 10_000) (2, 2, 6_000);
    /// The next steps on the ladder: the traditional window, and a mentor two levels above is best.
    Career = "career": (1, 1, 8_000) (2, 2, 10_000) (3, 3, 8_000) (4, 4, 4_000);
    /// A mentor with the skill, at any level: the level matters little.
    SkillBased = "skill_based": (-ANY, -3, 5_000) (-2, -1, 8_000) (0, 4, 10_000) (5, ANY, 5_000);
    /// Several mentors in turn, who host the mentee at their work. Some may have the same level.
    Rotational = "rotational": (0, 0, 6_000) (1, 2, 10_000) (3, 3, 6_000) (4, 4, 3_000);
    /// One short conversation. A very senior mentor is fine too.
    Flash = "flash": (0, 0, 6_000) (1, 3, 10_000) (4, ANY, 8_000);
}

impl MentoringModel {
    /// The value of `level_gap` for a mentor this many levels above the mentee. `None`: outside the window of the
    /// model.
    #[must_use]
    pub fn level_gap(self, levels_above: i16) -> Option<u16> {
        let step = |&(from, to, value): &(i16, i16, u16)| (from..=to).contains(&levels_above).then_some(value);
        self.steps().iter().find_map(step)
    }
}

/// Number of levels the mentor is above the mentee. Negative: below. It does not overflow for extreme levels.
#[must_use]
pub const fn levels_above(mentee: i16, mentor: i16) -> i16 {
    mentor.saturating_sub(mentee)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_ordered_and_without_holes() {
        for model in MentoringModel::ALL {
            for step in model.steps() {
                assert!(step.0 <= step.1 && step.2 <= 10_000, "{}", model.name());
            }
            for two in model.steps().windows(2) {
                assert_eq!(two[0].1 + 1, two[1].0, "{}", model.name());
            }
        }
    }

    #[test]
    fn the_windows_are_those_of_the_specification() {
        let window =
            |model: MentoringModel| (-12..=12).filter(|&gap| model.level_gap(gap).is_some()).collect::<Vec<_>>();
        assert_eq!(window(MentoringModel::OneOnOne), [1, 2, 3, 4]);
        assert_eq!(window(MentoringModel::Peer), [-1, 0, 1]);
        assert_eq!(window(MentoringModel::Reverse), (-8..=-1).collect::<Vec<_>>());
        assert_eq!(window(MentoringModel::Group), (0..=12).collect::<Vec<_>>());
        assert_eq!(window(MentoringModel::Flash), (0..=12).collect::<Vec<_>>());
        assert_eq!(window(MentoringModel::SkillBased).len(), 25);
    }
}
