//! How SMART a goal is: which parts are missing, and what is too vague to be held to.

use chrono::{Months, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::model::{Goal, GoalStatus};

/// A title with fewer words says little.
const FEWEST_WORDS: usize = 3;
/// Targets beyond this are warned about, in months from today.
const FARTHEST: Months = Months::new(24);
/// Words that promise and cannot be checked.
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

/// A part of SMART.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SmartPart {
    /// What exactly: `specific` is empty.
    Specific,
    /// By what one sees it: `measurable` is empty and there is no key result.
    Measurable,
    /// Why it can be reached: `achievable` is empty.
    Achievable,
    /// Why it matters: `relevant` and `aligned_to` are empty.
    Relevant,
    /// By when: `target_on` is empty.
    TimeBound,
}

/// Something to think over; never a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum SmartWarning {
    /// Words such as “better” or “more”, and neither a number nor a key result.
    VagueWords,
    /// The title has fewer than three words.
    ShortTitle,
    /// The target day has passed.
    TargetPassed,
    /// The target day is more than two years ahead.
    TargetFar,
}

/// How SMART a goal is today.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Smart {
    /// The parts that nobody has written yet.
    #[schema(max_items = 5)]
    pub missing: Vec<SmartPart>,
    /// What to think over.
    #[schema(max_items = 4)]
    pub warnings: Vec<SmartWarning>,
    /// The words that are too vague, where `warnings` has `vague_words`.
    #[schema(value_type = Vec<String>, max_items = 20)]
    pub vague_words: Vec<&'static str>,
}

impl Smart {
    /// Reads a goal as a critical friend would.
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
        Self { missing: those(&missing), warnings: those(&warnings), vague_words }
    }
}

fn text(field: Option<&crate::text::Text>) -> Option<&str> {
    field.map(crate::text::Text::as_str)
}

fn those<T: Copy>(list: &[(T, bool)]) -> Vec<T> {
    list.iter().filter(|(_, holds)| *holds).map(|(value, _)| *value).collect()
}

/// The vague words in texts that hold no number at all.
fn vague(texts: &[Option<&str>]) -> Vec<&'static str> {
    let texts = || texts.iter().copied().flatten();
    if texts().any(|text| text.chars().any(char::is_numeric)) {
        return Vec::new();
    }
    let says = |word: &str| {
        texts().flat_map(|text| text.split(|c: char| !c.is_alphabetic())).any(|said| said.eq_ignore_ascii_case(word))
    };
    VAGUE.into_iter().filter(|word| says(word)).collect()
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
