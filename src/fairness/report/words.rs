//! What figures mean, and what they do not.

use super::model::{FairnessStage, FairnessUnmatchedReason};

impl FairnessStage {
    /// What the figures of this stage say.
    pub const fn means(self) -> &'static str {
        match self {
            Self::Suggested => {
                "Of the mentees of each group who asked for suggestions or were in a cohort, how many were suggested or given \
                 at least one mentor, and how good the best of each was."
            }
            Self::Matched => {
                "Of the mentees of each group who asked for suggestions or were in a cohort, how many have a pair that came \
                 of it and began, and how good those suggestions were."
            }
            Self::Shown => {
                "Of the mentors of each group, how many were suggested or given to at least one mentee, and how good their \
                 best suggestion was."
            }
        }
    }

    /// What they do not say.
    pub const fn does_not_mean(self) -> &'static str {
        match self {
            Self::Suggested => {
                "It does not compare who asks: a group that asks seldom is not seen here. Nor does a ratio near 1 say that \
                 the suggestions were good."
            }
            Self::Matched => {
                "A difference need not come from suggestions: mentees choose, and proposals are declined. It says nothing \
                 of how the pairs went."
            }
            Self::Shown => {
                "Being suggested is not being chosen. Skills, level and free places differ between groups, and a lower \
                 rate can follow from them; whether they differ fairly is another question."
            }
        }
    }

    /// What to look at next.
    pub const fn look_next(self) -> &'static str {
        match self {
            Self::Suggested => {
                "Look at `proxies` first, then at the mentors on offer: is there somebody in reach for each group's \
                 levels, languages, working hours and needs?"
            }
            Self::Matched => {
                "Compare it with the stage `suggested`. If that one is even, look at what happens after: open suggestions \
                 that nobody answers, reasons of dismissals, declined proposals."
            }
            Self::Shown => {
                "Look at the profiles of the group: skills that are not filled in, few places, paused offers. Then at the \
                 weights of level and experience in the program."
            }
        }
    }
}

impl FairnessUnmatchedReason {
    /// What it says.
    pub const fn means(self) -> &'static str {
        match self {
            Self::Waiting => {
                "Suggestions lie before them, or somebody has not answered yet: a mentor whom they asked, or one of the two of \
                 a proposed pair. A reminder, or a word with a coordinator, may help."
            }
            Self::Declined => "The mentor said no, or did not answer. They may ask another one.",
            Self::Dismissed => "They said no to what was suggested, to all of it or to what they looked at.",
            Self::WentStale => "What was suggested or planned no longer holds. They may ask again.",
            Self::NonePlanned => {
                "The plan had no mentor for them. The cohort's drafts say why: nobody suitable, places taken, refused, or no \
                 pair wanted."
            }
            Self::NoneSuggested => {
                "They asked, and no mentor was good enough or free. More mentors of their field or hours would help."
            }
        }
    }
}

/// Of factors that go along with a group.
pub const PROXIES: &str = "Suggestions know no group, but something they look at may go along with one. A factor named here \
is not unfair by that: ask whether it says something about the pair, or only stands in for the group, and weigh it less if so. \
`personal_fit` rests on private answers and is not looked at.";

/// Of exposure.
pub const EXPOSURE: &str = "Each time a mentor is suggested they are seen by 1 / log2(1 + rank): the first place counts 1, the \
third a half; each mentor given by a cohort counts 1. Gini says how unevenly that is spread over those who were suggested or \
offer mentoring today.";

/// What it does not say.
pub const NOT_EXPOSURE: &str = "An even spread is no aim by itself: mentors differ in what they teach and in free places. Many \
who are never seen are a reason to ask whether their profiles are filled in.";

/// Of the whole.
pub const NOTES: [&str; 6] = [
    "Groups are what the organisation loaded. People of whom no group is known are left out.",
    "Nothing is told of fewer than 20 people of a group, nor of others through whom they could be found; a group of nobody \
     looks the same. Numbers of people of groups are whole fives, rounded up or down by chance, fixed for the same people and drawn anew where \
     one more or one less is counted. Rates, levels, ratios and what is flagged follow from the rounded numbers, and are the \
     less exact the smaller a group is.",
    "Two reports that differ by one person seldom tell to which group that person belongs; many such reports could. Whoever \
     may load groups or otherwise change who is counted, and looks again and again, can average the chance out. Only admins \
     may look, and each load and each look is in the audit log.",
    "Below four fifths a difference is worth a look; that is the rule of thumb of 29 CFR 1607.4 D. It is neither proof of \
     discrimination nor, above, of its absence: of small numbers chance alone makes such differences.",
    "Deleted suggestions are not counted: what retention or erasure took is missing from old quarters.",
    "A cohort that was published counts in the quarter in which it was begun: each of its drafts is a mentee who asked, and \
     the mentor given is their one suggestion, with the level that its score had by the first model. What plans rest on is \
     not kept, so `proxies` are of suggestions alone.",
];
