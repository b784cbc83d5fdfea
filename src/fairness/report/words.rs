//! Explanations of the figures of the report.

use super::model::{FairnessStage, FairnessUnmatchedReason};

impl FairnessStage {
    /// What the figures of this stage mean.
    pub const fn means(self) -> &'static str {
        match self {
            Self::Suggested => {
                "Part of the mentees of each group who got at least one mentor suggested or planned, and the level of the \
                 best one. Mentees who requested suggestions or were in a published matching round count."
            }
            Self::Matched => {
                "Part of the mentees of each group who have a pair from it that began, and the level of these \
                 suggestions. Mentees who requested suggestions or were in a published matching round count."
            }
            Self::Shown => {
                "Part of the mentors of each group who were suggested or planned for at least one mentee, and the level of \
                 their best suggestion."
            }
        }
    }

    /// What they do not mean.
    pub const fn does_not_mean(self) -> &'static str {
        match self {
            Self::Suggested => {
                "The figures do not compare how often groups request suggestions. A ratio near 1 does not mean that the \
                 suggestions were good."
            }
            Self::Matched => {
                "A difference does not have to come from suggestions: mentees choose, and proposals are declined. The \
                 figures do not show how the pairs went."
            }
            Self::Shown => {
                "A suggested mentor is not always chosen. A lower rate can follow from skills, level or free places. The \
                 figures do not show whether these differ for fair reasons."
            }
        }
    }

    /// What to check next.
    pub const fn next_step(self) -> &'static str {
        match self {
            Self::Suggested => {
                "Check `proxies` first. Then check the mentors: does each group find mentors for its levels, languages, \
                 working hours and learning goals?"
            }
            Self::Matched => {
                "Compare with the stage `suggested`. If its ratios are near 1, check what happens later: open suggestions, \
                 reasons of dismissals, and declined proposals."
            }
            Self::Shown => {
                "Check the profiles of the group: missing skills, low capacity, paused profiles. Then check the weights of \
                 `level_gap` and `experience_gap` in the program."
            }
        }
    }
}

impl FairnessUnmatchedReason {
    /// What the reason means, and what may help.
    pub const fn means(self) -> &'static str {
        match self {
            Self::Waiting => {
                "A suggestion, a mentor invitation or a proposed pair is not answered yet. A reminder or help from a \
                 coordinator may be useful."
            }
            Self::Declined => "The other person declined or did not answer. The mentee may ask another mentor.",
            Self::Dismissed => "The suggestions that were answered were dismissed. The mentee may request new ones.",
            Self::WentStale => "The suggestions or the plan no longer hold. The mentee may request new suggestions.",
            Self::NonePlanned => {
                "The plan had no mentor for the mentee. The drafts of the matching round have the `unmatched_reason`."
            }
            Self::NoneSuggested => {
                "The mentee requested suggestions, and no mentor was suitable and free. More mentors with fitting skills \
                 and working hours would help."
            }
        }
    }
}

/// What `proxies` mean.
pub const PROXIES: &str = "Suggestions do not use groups, but a factor may correlate with a group. Such a factor is not \
automatically unfair. Ask whether it says something about the pair or only stands in for the group. If it only stands in, \
lower its weight. `personal_fit` uses private answers and is not checked.";

/// What the figures of exposure mean.
pub const EXPOSURE: &str = "Each suggestion of a mentor counts 1 / log2(1 + rank): rank 1 counts 1, rank 3 counts a half. A \
mentor planned by a matching round counts 1. `gini` shows how unevenly the sums are spread over mentors who were suggested \
or who offer mentoring today.";

/// What the figures of exposure do not mean.
pub const NOT_EXPOSURE: &str = "An even spread is not a goal in itself, because mentors differ in skills and free places. If \
many mentors are never suggested, check whether their profiles are complete.";

/// Notes about the whole report.
pub const NOTES: [&str; 6] = [
    "Groups are those that the organisation loaded. People without a known group are left out.",
    "Groups of fewer than 20 people are hidden, and so are groups from which such a group could be computed. An empty group \
     looks the same. Numbers of people in groups are multiples of 5, rounded up or down at random. The same people always \
     give the same numbers; one person more or less draws all numbers again. Rates, levels, ratios and flags are computed \
     from the rounded numbers. They are less exact for smaller groups.",
    "Two reports that differ by one person rarely show the group of that person, but many such reports could. A person who \
     can change the counted people and reads many reports can average out the chance. Only admins can read reports, and \
     the audit log records each load and each reading.",
    "Check a difference with a ratio below 0.8. This limit is the rule of thumb of 29 CFR 1607.4 D. A lower ratio does not \
     prove discrimination, and a higher one does not rule it out: small numbers differ by chance alone.",
    "Deleted suggestions are not counted. Records that retention or erasure deleted are missing from old quarters.",
    "A published matching round counts in the quarter in which it was created. Each of its drafts counts as a mentee who \
     requested suggestions, with the planned mentor as the only suggestion. The level is that of the score in the initial \
     model. Features of plans are not stored, so `proxies` use suggestions only.",
];
