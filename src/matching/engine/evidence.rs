//! The facts behind each reason, and the sentence that explains them to the mentee.

use super::{
    bonds::Bonds,
    features::{self, shared_minutes},
    growth::GrowthArea,
    keys::{Role, Topic},
    names::{Names, counted, listed},
    profile::Profile,
    rules::levels_above,
    weights::Factor,
};

/// The facts behind one reason. Confidential answers have no variant here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Evidence {
    /// The skills the mentee wants to learn, best covered first.
    Growth(Vec<GrowthArea>),
    /// Number of levels the mentor is above the mentee. Negative: below.
    Levels(i16),
    /// The target role of the mentee and how near the mentor is to it. `None`: the mentee named no role.
    Aspiration(Option<(Role, Nearness)>),
    /// Whether the two named each other, and the topics that both named.
    Interest {
        /// Whether they named each other, one named the other, or neither did. Not which one, because a suggestion has
        /// other readers than the mentee.
        naming: Naming,
        /// Topics that both named.
        topics: Vec<Topic>,
    },
    /// Difference of the years at work in quarter-years. Negative: the mentor has worked shorter. `None`: unknown.
    ExperienceQuarters(Option<i32>),
    /// Distance in the organisation. `None`: unknown.
    Distance(Option<Distance>),
    /// Working minutes that both share in a day.
    SharedMinutes(u32),
    /// The mentor's capacity.
    Places {
        /// Free places.
        free: u8,
        /// All places.
        capacity: u8,
    },
    /// Number of meeting formats that both like, and that at least one likes. `None`: unknown.
    Formats(Option<(u32, u32)>),
    /// The facts are confidential and not shown.
    Withheld,
}

/// How near a mentor is to a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nearness {
    /// The mentor holds the role.
    Holds,
    /// The mentor held the role.
    Held,
    /// The mentor is on the career ladder of the role.
    SameLadder,
    /// The mentor is on another career ladder.
    Elsewhere,
}

/// Whether two people named each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Both named each other.
    Mutual,
    /// One named the other.
    OneSided,
    /// Neither named the other.
    None,
}

/// How far apart two people work in the organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// In the same team.
    SameTeam,
    /// In the same department.
    SameDepartment,
    /// In different departments.
    Apart,
}

impl Evidence {
    pub(super) fn of(factor: Factor, mentee: &Profile, mentor: &Profile, growth: &[GrowthArea]) -> Self {
        let (one, other) = (&mentee.person, &mentor.person);
        match factor {
            Factor::SkillCoverage => Self::Growth(growth.to_vec()),
            Factor::LevelGap => Self::Levels(levels_above(one.level, other.level)),
            Factor::Aspiration => Self::Aspiration(mentee.target.map(|target| (target.role, nearness(mentee, mentor)))),
            Factor::Style => Self::Withheld,
            Factor::MutualInterest => interest(mentee, mentor),
            Factor::ExperienceGap => {
                let both = other.experience_quarters.zip(one.experience_quarters);
                Self::ExperienceQuarters(both.map(|(theirs, yours)| i32::from(theirs) - i32::from(yours)))
            }
            Factor::TeamDistance => {
                Self::Distance(features::team_distance(one, other, false).map(|value| match value {
                    0 => Distance::SameTeam,
                    6_000 => Distance::SameDepartment,
                    _ => Distance::Apart,
                }))
            }
            Factor::Availability => {
                Self::SharedMinutes(shared_minutes(one.utc_offset_minutes, other.utc_offset_minutes))
            }
            Factor::Workload => Self::Places { free: other.offer.free(), capacity: other.offer.capacity },
            Factor::Format => Self::Formats(features::format(one.formats, other.formats).and_then(|_| {
                let (yours, theirs) = one.formats.zip(other.formats)?;
                Some(((yours & theirs).count_ones(), (yours | theirs).count_ones()))
            })),
        }
    }

    /// The facts in one sentence to the mentee.
    #[must_use]
    pub fn sentence(&self, mentor: &str, names: &Names) -> String {
        match self {
            Self::Growth(areas) => growth(areas, names),
            Self::Levels(0) => format!("{mentor} is at your level."),
            Self::Levels(gap) => {
                let side = if *gap > 0 { "above" } else { "below" };
                format!("{mentor} is {} {side} you.", counted(gap.unsigned_abs().into(), "level", "levels"))
            }
            Self::Aspiration(None) => "You have not named a target role.".to_owned(),
            Self::Aspiration(Some((role, near))) => aspiration(mentor, names.role(*role), *near),
            Self::Interest { naming, topics } => named(*naming, topics, names),
            Self::ExperienceQuarters(gap) => experience(mentor, *gap),
            Self::Distance(distance) => match distance {
                None => "The distance between your teams is not known.",
                Some(Distance::SameTeam) => "You work in the same team.",
                Some(Distance::SameDepartment) => "You work in the same department, in different teams.",
                Some(Distance::Apart) => "You work in different departments.",
            }
            .to_owned(),
            Self::SharedMinutes(0) => "Your working days do not overlap.".to_owned(),
            Self::SharedMinutes(minutes) if *minutes < 60 => {
                "Your working days overlap by less than an hour.".to_owned()
            }
            Self::SharedMinutes(minutes) => {
                format!("Your working days overlap by {}.", counted(minutes / 60, "hour", "hours"))
            }
            Self::Places { free, capacity } => {
                format!("{mentor} has {free} of {} free.", counted((*capacity).into(), "place", "places"))
            }
            Self::Formats(None) => "It is not known how both of you like to meet.".to_owned(),
            Self::Formats(Some((0, _))) => "You like to meet in different ways.".to_owned(),
            Self::Formats(Some((both, either))) => {
                format!("You share {both} of {}.", counted(*either, "preferred way to meet", "preferred ways to meet"))
            }
            Self::Withheld => "Your working styles count here. The answers of both of you stay private.".to_owned(),
        }
    }
}

fn nearness(mentee: &Profile, mentor: &Profile) -> Nearness {
    let person = &mentor.person;
    match features::aspiration(mentee.target, person.role, person.ladder, &mentor.past_roles) {
        Some(10_000) => Nearness::Holds,
        Some(8_000) => Nearness::Held,
        Some(5_000) => Nearness::SameLadder,
        _ => Nearness::Elsewhere,
    }
}

fn interest(mentee: &Profile, mentor: &Profile) -> Evidence {
    let bonds = Bonds::between(mentee, mentor);
    let naming = match (bonds.has(Bonds::MENTEE_NAMED), bonds.has(Bonds::MENTOR_NAMED)) {
        (true, true) => Naming::Mutual,
        (false, false) => Naming::None,
        _ => Naming::OneSided,
    };
    Evidence::Interest { naming, topics: mentee.topics.iter().filter(|t| mentor.topics.contains(t)).copied().collect() }
}

/// "Covers 2 of your 3 growth areas: Rust and Negotiation."
fn growth(areas: &[GrowthArea], names: &Names) -> String {
    let covered: Vec<_> = areas.iter().filter(|area| area.covered > 0).map(|area| names.skill(area.skill)).collect();
    match (areas.len(), covered.len()) {
        (0, _) => "You have not named a skill that you want to learn.".to_owned(),
        (1, 0) => format!("Does not cover your growth area, {}.", names.skill(areas[0].skill)),
        (1, _) => format!("Covers your growth area, {}.", covered[0]),
        (all, 0) => format!("Covers none of your {all} growth areas."),
        (all, some) => format!("Covers {some} of your {all} growth areas: {}.", listed(covered)),
    }
}

fn aspiration(mentor: &str, role: &str, near: Nearness) -> String {
    match near {
        Nearness::Holds => format!("{mentor} holds your target role, {role}."),
        Nearness::Held => format!("{mentor} once held your target role, {role}."),
        Nearness::SameLadder => format!("{mentor} is on the career ladder of your target role, {role}."),
        Nearness::Elsewhere => format!("{mentor} is on another career ladder than your target role, {role}."),
    }
}

fn named(naming: Naming, topics: &[Topic], names: &Names) -> String {
    let people = match naming {
        Naming::Mutual => Some("You named each other."),
        Naming::OneSided => Some("One of you named the other."),
        Naming::None => None,
    };
    let shared =
        (!topics.is_empty()).then(|| format!("You both named {}.", listed(topics.iter().map(|&t| names.topic(t)))));
    match (people, shared) {
        (Some(people), Some(topics)) => format!("{people} {topics}"),
        (Some(people), None) => people.to_owned(),
        (None, Some(topics)) => topics,
        (None, None) => "Neither of you has named the other or the same topic.".to_owned(),
    }
}

fn experience(mentor: &str, quarters: Option<i32>) -> String {
    let Some(quarters) = quarters else { return "The difference in experience is not known.".to_owned() };
    let years = counted((quarters.unsigned_abs() + 2) / 4, "year", "years");
    match quarters {
        2.. => format!("{mentor} has about {years} more experience than you."),
        -1..=1 => format!("{mentor} has about as much experience as you."),
        _ => format!("{mentor} has about {years} less experience than you."),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::keys::Skill, *};

    #[test]
    fn sentences_help_a_person_decide() {
        let area = |skill, covered| GrowthArea { skill, covered, current: 1, target: 3, mentor: 4 };
        let areas = vec![area(Skill(1), 10_000), area(Skill(2), 5_000), area(Skill(3), 0)];
        let names = Names {
            skills: [(Skill(1), "Rust".into()), (Skill(2), "Negotiation".into())].into(),
            roles: [(Role(4), "Staff Engineer".into())].into(),
            ..Names::default()
        };
        let said = |evidence: Evidence| evidence.sentence("Mira", &names);
        assert_eq!(said(Evidence::Levels(2)), "Mira is 2 levels above you.");
        assert_eq!(said(Evidence::Levels(-1)), "Mira is 1 level below you.");
        assert_eq!(said(Evidence::Growth(areas)), "Covers 2 of your 3 growth areas: Rust and Negotiation.");
        assert_eq!(said(Evidence::Places { free: 1, capacity: 3 }), "Mira has 1 of 3 places free.");
        assert_eq!(said(Evidence::SharedMinutes(330)), "Your working days overlap by 5 hours.");
        assert_eq!(said(Evidence::ExperienceQuarters(Some(23))), "Mira has about 6 years more experience than you.");
        assert_eq!(
            said(Evidence::Aspiration(Some((Role(4), Nearness::Held)))),
            "Mira once held your target role, Staff Engineer."
        );
    }
}
