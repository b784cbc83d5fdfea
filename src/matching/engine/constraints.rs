//! The hard constraints: reasons that rule out a pair whatever its score.

use super::{
    bonds::Bonds,
    profile::{Person, Profile},
    rules::{Rules, levels_above},
};

macro_rules! exclusions {
    ($($(#[$doc:meta])* $why:ident = $name:literal;)*) => {
        /// Why two people are not proposed to each other. A pair is counted under the first reason that holds, in this
        /// order: first the reasons that concern one person alone, then those that concern both.
        ///
        /// [`Blocked`](Self::Blocked) is last, so that a block, which is private, never changes another count.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Exclusion { $($(#[$doc])* $why,)* }

        impl Exclusion {
            /// Every reason, in the order in which they are tried.
            pub const ALL: [Self; [$($name,)*].len()] = [$(Self::$why,)*];

            /// The name in the API. It is never renamed.
            #[must_use]
            pub const fn name(self) -> &'static str { match self { $(Self::$why => $name,)* } }
        }
    };
}

exclusions! {
    /// Mentee and mentor are the same person.
    SamePerson = "same_person";
    /// One of the two is not active.
    NotActive = "not_active";
    /// The mentee does not want a mentor, or the mentor does not want to mentor.
    NotOptedIn = "not_opted_in";
    /// The mentor is not in the program.
    NotEnrolled = "not_enrolled";
    /// The mentor has no free place.
    AtCapacity = "at_capacity";
    /// The mentor is too far above or below for the mentoring model.
    LevelOutsideWindow = "level_outside_window";
    /// One reports to the other, at any depth or as a second manager (dotted line).
    ReportingLine = "reporting_line";
    /// The mentor leads the mentee's team.
    LeadsTeam = "leads_team";
    /// They share no working language.
    NoSharedLanguage = "no_shared_language";
    /// They have a live pair.
    LivePair = "live_pair";
    /// A pair of the two ended by mismatch or poor chemistry within 24 months.
    EndedBadly = "ended_badly";
    /// One of the two blocked the other.
    Blocked = "blocked";
}

impl Exclusion {
    /// Whether only one side knows the reason. It is then never shown, not even in a count.
    #[must_use]
    pub const fn is_private(self) -> bool {
        matches!(self, Self::Blocked)
    }
}

/// The first reason that rules out a pair. `None`: the two may be proposed to each other.
#[must_use]
pub fn exclusion(mentee: &Profile, mentor: &Profile, rules: &Rules<'_>) -> Option<Exclusion> {
    first_exclusion(&mentee.person, &mentor.person, Bonds::between(mentee, mentor), rules)
}

/// The same for the facts that the index keeps in one row.
pub(super) fn first_exclusion(mentee: &Person, mentor: &Person, bonds: Bonds, rules: &Rules<'_>) -> Option<Exclusion> {
    use Exclusion as E;
    let one_line = || mentor.line.holds(mentee.line) || mentee.line.holds(mentor.line);
    let holds = |reason| match reason {
        E::SamePerson => mentee.id == mentor.id,
        E::NotActive => !mentee.is_active || !mentor.is_active,
        E::NotOptedIn => !mentee.wants_mentor || !mentor.offer.opted_in,
        E::NotEnrolled => !rules.admits(mentor.id),
        E::AtCapacity => mentor.offer.free() == 0,
        E::LevelOutsideWindow => rules.model.level_gap(levels_above(mentee.level, mentor.level)).is_none(),
        E::ReportingLine => one_line() || bonds.has(Bonds::DOTTED_LINE),
        E::LeadsTeam => mentor.leads.is_some() && mentor.leads == mentee.team,
        E::NoSharedLanguage => !bonds.has(Bonds::LANGUAGE),
        E::LivePair => bonds.has(Bonds::LIVE),
        E::EndedBadly => bonds.has(Bonds::ENDED_BADLY),
        E::Blocked => bonds.has(Bonds::BLOCKED),
    };
    E::ALL.into_iter().find(|&reason| holds(reason))
}

impl Person {
    /// The first reason for which no mentee can get this mentor now. It concerns the mentor alone.
    pub(super) fn unavailable(&self) -> Option<Exclusion> {
        let reasons = [
            (Exclusion::NotActive, !self.is_active),
            (Exclusion::NotOptedIn, !self.offer.opted_in),
            (Exclusion::AtCapacity, self.offer.free() == 0),
        ];
        reasons.into_iter().find(|(_, holds)| *holds).map(|(why, _)| why)
    }
}

/// Number of excluded mentors per first reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally([u32; Exclusion::ALL.len()]);

impl Tally {
    pub(super) const fn add(&mut self, why: Exclusion) {
        self.add_all(why, 1);
    }

    pub(super) const fn add_all(&mut self, why: Exclusion, count: u32) {
        self.0[why as usize] += count;
    }

    /// Adds the counts of another tally.
    pub(super) fn merge(&mut self, others: &Self) {
        for why in Exclusion::ALL {
            self.add_all(why, others.count(why));
        }
    }

    /// Number of mentors with this reason.
    #[must_use]
    pub const fn count(&self, why: Exclusion) -> u32 {
        self.0[why as usize]
    }

    /// The counts that may be shown. Private reasons are left out of every count. A mentor who is excluded only by a
    /// block is counted nowhere, exactly like a mentor with a low score.
    pub fn public_counts(&self) -> impl Iterator<Item = (Exclusion, u32)> {
        Exclusion::ALL.into_iter().filter(|why| !why.is_private()).map(|why| (why, self.count(why)))
    }
}
