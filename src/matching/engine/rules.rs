//! What a search is asked to follow: the mentoring model with its rule of levels, the weights, the program.

use uuid::Uuid;

use super::weights::Weights;

/// The conditions of one search.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The mentoring model.
    pub model: Model,
    /// How much each factor counts.
    pub weights: Weights,
    /// Whether the program prefers mentors from nearby: turns the values of `team_distance` around.
    pub prefers_near_team: bool,
    /// The mentors of the program, sorted; `None` where the search is for no program.
    pub enrolled: Option<&'a [Uuid]>,
}

impl Rules<'_> {
    /// A model with the first weights, outside every program.
    #[must_use]
    pub fn of(model: Model) -> Self {
        Self { model, weights: Weights::default(), prefers_near_team: false, enrolled: None }
    }

    /// Whether the program, if there is one, has this mentor.
    #[must_use]
    pub fn admits(&self, mentor: Uuid) -> bool {
        self.enrolled.is_none_or(|list| list.binary_search(&mentor).is_ok())
    }
}

/// Nobody is further away than this.
const ANY: i16 = i16::MAX;

macro_rules! models {
    ($($(#[$doc:meta])* $model:ident = $name:literal: $(($from:expr, $to:expr, $value:literal))+;)*) => {
        /// A mentoring model. Each has a table of the levels by which the mentor may stand above the mentee, with the
        /// value of `level_gap` for them; a gap outside the table is outside the model.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Model { $($(#[$doc])* $model,)* }

        impl Model {
            /// Every model.
            pub const ALL: &[Self] = &[$(Self::$model,)*];

            /// The name outside this program.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$model => $name,)* } }

            /// Steps of (lowest gap, highest gap, value), upwards and without holes.
            const fn steps(self) -> &'static [(i16, i16, u16)] {
                match self { $(Self::$model => &[$(($from, $to, $value)),+],)* }
            }
        }
    };
}

models! {
    /// The traditional pair. One or two levels above is near enough to remember the mentee's place.
    OneOnOne = "one_on_one": (1, 2, 10_000) (3, 3, 6_000) (4, 4, 3_000);
    /// One mentor for several mentees. The group brings the nearness, the mentor the distance: a wide gap does no harm.
    Group = "group": (0, 0, 4_000) (1, 1, 8_000) (2, 4, 10_000) (5, ANY, 8_000);
    /// Equals.
    Peer = "peer": (-1, -1, 8_000) (0, 0, 10_000) (1, 1, 8_000);
    /// The junior teaches the senior; the further apart, the more is new.
    Reverse = "reverse": (-8, -3, 10_000) (-2, -2, 7_000) (-1, -1, 4_000);
    /// The traditional pair at a distance: what differs is the medium, not who is senior.
    Virtual = "virtual": (1, 2, 10_000) (3, 3, 6_000) (4, 4, 3_000);
    /// Somebody sideways, from another part of the organisation: about as senior, perhaps a little more.
    Lateral = "lateral": (-1, -1, 6_000) (0, 1, 10_000) (2, 2, 6_000);
    /// The next steps on the ladder: whoever took them a while ago, so the traditional window, with its middle preferred.
    Career = "career": (1, 1, 8_000) (2, 2, 10_000) (3, 3, 8_000) (4, 4, 4_000);
    /// Whoever masters the skill, at any level: rank says little, so it earns little.
    SkillBased = "skill_based": (-ANY, -3, 5_000) (-2, -1, 8_000) (0, 4, 10_000) (5, ANY, 5_000);
    /// Several mentors in turn, some of them of the same level, hosting the mentee where they work.
    Rotational = "rotational": (0, 0, 6_000) (1, 2, 10_000) (3, 3, 6_000) (4, 4, 3_000);
    /// One short conversation: no relation has to last, so nobody is too senior.
    Flash = "flash": (0, 0, 6_000) (1, 3, 10_000) (4, ANY, 8_000);
}

impl Model {
    /// The value of `level_gap` for a mentor so many levels above the mentee; `None` outside the model's window.
    #[must_use]
    pub fn level_gap(self, levels_above: i16) -> Option<u16> {
        let step = |&(from, to, value): &(i16, i16, u16)| (from..=to).contains(&levels_above).then_some(value);
        self.steps().iter().find_map(step)
    }
}

/// How many levels the mentor stands above the mentee; negative below. Levels nobody has do not overflow.
#[must_use]
pub const fn levels_above(mentee: i16, mentor: i16) -> i16 {
    mentor.saturating_sub(mentee)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_ordered_and_without_holes() {
        for model in Model::ALL {
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
        let window = |model: Model| (-12..=12).filter(|&gap| model.level_gap(gap).is_some()).collect::<Vec<_>>();
        assert_eq!(window(Model::OneOnOne), [1, 2, 3, 4]);
        assert_eq!(window(Model::Peer), [-1, 0, 1]);
        assert_eq!(window(Model::Reverse), (-8..=-1).collect::<Vec<_>>());
        assert_eq!(window(Model::Group), (0..=12).collect::<Vec<_>>());
        assert_eq!(window(Model::Flash), (0..=12).collect::<Vec<_>>());
        assert_eq!(window(Model::SkillBased).len(), 25);
    }
}
