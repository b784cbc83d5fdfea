//! The ten features of a pair: whole numbers from 0 to 10 000, each a small function of plain facts.
//!
//! An unknown value is `None` and counts as [`NEUTRAL`], so that a missing answer neither helps nor harms.

use super::{
    bonds::Bonds,
    keys::{Ladder, Role},
    profile::{MentoringOffer, Person, Profile, Target},
    rules::{Rules, levels_above},
    skills::{SkillGraph, Wants},
    weights::{FACTORS, Factor, WHOLE},
};

/// The value of an unknown feature.
pub const NEUTRAL: u16 = 5_000;

/// The features of one pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features([Option<u16>; FACTORS]);

impl Features {
    /// The features of two people, whether or not they may be paired.
    #[must_use]
    pub fn of(mentee: &Profile, mentor: &Profile, rules: &Rules<'_>, graph: &SkillGraph) -> Self {
        Self::joined(
            &mentee.person,
            &mentor.person,
            rules,
            &Linked {
                bonds: Bonds::between(mentee, mentor),
                coverage: Wants::new(&mentee.needs, graph).coverage_by(|skill| mentor.skill_level(skill)),
                aspiration: aspiration(mentee.target, mentor.person.role, mentor.person.ladder, &mentor.past_roles),
            },
        )
    }

    pub(super) fn joined(mentee: &Person, mentor: &Person, rules: &Rules<'_>, linked: &Linked) -> Self {
        Self(Factor::ALL.map(|factor| match factor {
            Factor::SkillCoverage => linked.coverage,
            Factor::LevelGap => Some(level_gap(rules, mentee.level, mentor.level)),
            Factor::Aspiration => linked.aspiration,
            Factor::Style => style(mentee.style, mentor.style),
            Factor::MutualInterest => Some(mutual_interest(linked.bonds)),
            Factor::ExperienceGap => experience_gap(mentee.experience_quarters, mentor.experience_quarters),
            Factor::TeamDistance => team_distance(mentee, mentor, rules.prefers_near_team),
            Factor::Availability => Some(availability(mentee.utc_offset_minutes, mentor.utc_offset_minutes)),
            Factor::Workload => Some(workload(mentor.offer)),
            Factor::Format => format(mentee.formats, mentor.formats),
        }))
    }

    /// The value of one feature, or [`NEUTRAL`] if it is unknown.
    #[must_use]
    pub fn value(&self, factor: Factor) -> u16 {
        self.0[factor as usize].unwrap_or(NEUTRAL)
    }

    /// Whether the value is known.
    #[must_use]
    pub const fn is_known(&self, factor: Factor) -> bool {
        self.0[factor as usize].is_some()
    }

    /// The same with another value for one feature.
    #[must_use]
    pub const fn with(mut self, factor: Factor, value: Option<u16>) -> Self {
        self.0[factor as usize] = value;
        self
    }
}

/// The values in the order of [`Factor::ALL`], to be stored.
impl From<Features> for [Option<u16>; FACTORS] {
    fn from(features: Features) -> Self {
        features.0
    }
}

/// Stored values, in the order of [`Factor::ALL`], each at most [`WHOLE`].
impl From<[Option<u16>; FACTORS]> for Features {
    fn from(values: [Option<u16>; FACTORS]) -> Self {
        Self(values)
    }
}

/// The parts of the features that come from lists.
pub(super) struct Linked {
    pub bonds: Bonds,
    pub coverage: Option<u16>,
    pub aspiration: Option<u16>,
}

/// The value from the table of the mentoring model. 0: outside its window.
pub(super) fn level_gap(rules: &Rules<'_>, mentee: i16, mentor: i16) -> u16 {
    rules.model.level_gap(levels_above(mentee, mentor)).unwrap_or(0)
}

/// The mentor holds the target role: 10 000, held it: 8 000, is on its ladder: 5 000, else 0. Unknown without a target.
pub(super) fn aspiration(target: Option<Target>, role: Role, ladder: Ladder, past: &[Role]) -> Option<u16> {
    let target = target?;
    Some(match () {
        () if role == target.role => WHOLE,
        () if past.contains(&target.role) => 8_000,
        () if ladder == target.ladder => 5_000,
        () => 0,
    })
}

/// 10 000 minus 625 for each point by which the four answers differ. Answers of 1 to 5 differ by at most 16 points.
/// Unknown if one of the two did not answer or did not consent to the use.
pub(super) fn style(mentee: Option<[u8; 4]>, mentor: Option<[u8; 4]>) -> Option<u16> {
    let distance: u16 = mentee?.into_iter().zip(mentor?).map(|(a, b)| u16::from(a.abs_diff(b))).sum();
    Some(WHOLE.saturating_sub(distance.saturating_mul(625)))
}

/// They named each other or the same topic: 10 000. One named the other: 5 000.
pub(super) const fn mutual_interest(bonds: Bonds) -> u16 {
    match (bonds.has(Bonds::MENTEE_NAMED), bonds.has(Bonds::MENTOR_NAMED)) {
        _ if bonds.has(Bonds::TOPIC) => WHOLE,
        (true, true) => WHOLE,
        (false, false) => 0,
        _ => 5_000,
    }
}

/// 0 without a gap, then linear to 10 000 at 3 years, level up to 12 years, then 400 less per year down to 5 000.
pub(super) fn experience_gap(mentee: Option<u16>, mentor: Option<u16>) -> Option<u16> {
    let quarters = mentor?.saturating_sub(mentee?);
    Some(match quarters {
        0..12 => u16::try_from(u32::from(quarters) * u32::from(WHOLE) / 12).unwrap_or(WHOLE),
        12..=48 => WHOLE,
        _ => WHOLE.saturating_sub((quarters - 48).saturating_mul(100)).max(5_000),
    })
}

/// Same team: 0, same department: 6 000, else 10 000. Reversed if the program prefers mentors from nearby. Unknown if
/// one of the two has no team and no department.
pub(super) fn team_distance(mentee: &Person, mentor: &Person, prefers_near: bool) -> Option<u16> {
    let belongs = |person: &Person| person.team.is_some() || person.department.is_some();
    let far = match () {
        () if !belongs(mentee) || !belongs(mentor) => return None,
        () if mentee.team.is_some() && mentee.team == mentor.team => 0,
        () if mentee.department.is_some() && mentee.department == mentor.department => 6_000,
        () => WHOLE,
    };
    Some(if prefers_near { WHOLE - far } else { far })
}

/// Shared working hours, for days of eight hours at the same local time: 2 500 per hour up to four hours, in whole
/// minutes.
pub(super) fn availability(mentee_offset: i16, mentor_offset: i16) -> u16 {
    u16::try_from(shared_minutes(mentee_offset, mentor_offset).min(240) * u32::from(WHOLE) / 240).unwrap_or(WHOLE)
}

/// Working minutes that two people share in a day, 0 to 480. A difference of 14 hours is one of 10 hours in the other
/// direction.
pub(super) fn shared_minutes(one_offset: i16, other_offset: i16) -> u32 {
    const DAY: u32 = 24 * 60;
    let apart = i32::from(one_offset).abs_diff(i32::from(other_offset)) % DAY;
    480_u32.saturating_sub(apart.min(DAY - apart))
}

/// Share of the mentor's capacity that is free. 0: no capacity.
pub(super) fn workload(offer: MentoringOffer) -> u16 {
    let share = (u32::from(offer.free()) * u32::from(WHOLE)).checked_div(u32::from(offer.capacity));
    share.and_then(|share| u16::try_from(share).ok()).unwrap_or(0)
}

/// Number of formats that both like, divided by the number that at least one likes. Unknown if one of the two did not
/// answer, or no format is liked.
pub(super) fn format(mentee: Option<u8>, mentor: Option<u8>) -> Option<u16> {
    let (one, other) = (mentee?, mentor?);
    let share = ((one & other).count_ones() * u32::from(WHOLE)).checked_div((one | other).count_ones())?;
    u16::try_from(share).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_of_experience_rises_stays_level_and_falls() {
        let gap = |mentor| experience_gap(Some(8), Some(mentor));
        assert_eq!([0, 8, 14, 20, 56, 60, 200].map(gap), [0, 0, 5_000, 10_000, 10_000, 9_600, 5_000].map(Some));
        assert_eq!(experience_gap(None, Some(3)), None);
    }

    #[test]
    fn working_hours_are_shared_around_the_clock() {
        assert_eq!(availability(60, 60), 10_000);
        assert_eq!(availability(0, 240), 10_000);
        assert_eq!(availability(0, 330), 6_250);
        assert_eq!(availability(-300, 540), 0);
        assert_eq!(availability(-660, 720), 10_000, "an hour apart across the date line");
    }

    #[test]
    fn unknown_values_are_neutral() {
        let silent = Features::from([None; FACTORS]);
        assert!(Factor::ALL.iter().all(|&factor| silent.value(factor) == NEUTRAL && !silent.is_known(factor)));
        assert_eq!(style(Some([1; 4]), None), None);
        assert_eq!(style(Some([1; 4]), Some([5; 4])), Some(0));
        assert_eq!((format(Some(0b011), Some(0b110)), format(Some(0), Some(0))), (Some(3_333), None));
    }
}
