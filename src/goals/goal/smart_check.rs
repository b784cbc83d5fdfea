//! Checks a goal for SMART: lists missing parts, and words too vague to be measured.

use chrono::{Months, NaiveDate};

use super::model::{Goal, GoalStatus};
use super::smart::{Smart, SmartPart, SmartWarning};
use crate::text::Text;

/// A title with fewer words gets the warning `short_title`.
const FEWEST_WORDS: usize = 3;
/// A target date later than this gets the warning `target_far`, in months from today.
const FARTHEST: Months = Months::new(24);
/// Words that promise something that cannot be measured.
const VAGUE: [&str; 20] = [
    "better",
    "improve",
    "improved",
    "improving",
    "more",
    "enhance",
    "good",
    "great",
    "effective",
    "effectively",
    "various",
    "several",
    "some",
    "etc",
    "soon",
    "asap",
    "somehow",
    "regularly",
    "often",
    "understand",
];

impl Smart {
    /// Checks a goal as of `today`.
    pub fn of(goal: &Goal, today: NaiveDate) -> Self {
        let has_key_results = goal.key_results_count > 0;
        let missing = [
            (SmartPart::Specific, goal.specific.is_none()),
            (SmartPart::Measurable, goal.measurable.is_none() && !has_key_results),
            (SmartPart::Achievable, goal.achievable.is_none()),
            (SmartPart::Relevant, goal.relevant.is_none() && goal.aligned_to.is_none()),
            (SmartPart::TimeBound, goal.target_on.is_none()),
        ];
        let texts = [Some(goal.title.as_str()), text(goal.specific.as_ref()), text(goal.measurable.as_ref())];
        let vague_words = if has_key_results { Vec::new() } else { vague(&texts) };
        let is_open = matches!(goal.status, GoalStatus::Draft | GoalStatus::Active);
        let farthest = today.checked_add_months(FARTHEST);
        let warnings = [
            (SmartWarning::VagueWords, !vague_words.is_empty()),
            (SmartWarning::ShortTitle, goal.title.as_str().split_whitespace().count() < FEWEST_WORDS),
            (SmartWarning::TargetPassed, is_open && goal.target_on.is_some_and(|day| day < today)),
            (SmartWarning::TargetFar, is_open && goal.target_on.zip(farthest).is_some_and(|(day, far)| day > far)),
        ];
        Self { missing: applicable(&missing), warnings: applicable(&warnings), vague_words }
    }
}

fn text(field: Option<&Text>) -> Option<&str> {
    field.map(Text::as_str)
}

fn applicable<T: Copy>(list: &[(T, bool)]) -> Vec<T> {
    list.iter().filter(|(_, holds)| *holds).map(|(value, _)| *value).collect()
}

/// The vague words in `texts`. Empty if a text contains a number.
fn vague(texts: &[Option<&str>]) -> Vec<&'static str> {
    let texts = || texts.iter().copied().flatten();
    if texts().any(|text| text.chars().any(char::is_numeric)) {
        return Vec::new();
    }
    let contains = |word: &str| {
        texts().flat_map(|text| text.split(|c: char| !c.is_alphabetic())).any(|part| part.eq_ignore_ascii_case(word))
    };
    VAGUE.into_iter().filter(|word| contains(word)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vague_words_are_whole_words_without_numbers() {
        assert_eq!(vague(&[Some("Get BETTER at talks"), None]), ["better"]);
        assert_eq!(vague(&[Some("Become a moreover-sayer")]), Vec::<&str>::new());
        assert_eq!(vague(&[Some("Give better talks"), Some("Give 4 of them")]), Vec::<&str>::new());
        assert_eq!(vague(&[Some("Improve, somehow."), Some("more!")]), ["improve", "more", "somehow"]);
    }
}
