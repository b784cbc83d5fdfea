//! The result of the SMART check of a goal. `smart_check` makes it.

use serde::Serialize;
use utoipa::ToSchema;

values! {
    /// A part of the SMART scheme. More values can be added.
    @may_grow pub enum SmartPart {
        /// `specific` is empty: it says what exactly is to be achieved.
        Specific,
        /// `measurable` is empty and the goal has no key result.
        Measurable,
        /// `achievable` is empty: it says why the goal can be achieved.
        Achievable,
        /// `relevant` and `aligned_to` are empty: one of the two says why the goal matters.
        Relevant,
        /// `target_on` is empty: it says by when the goal is to be achieved.
        TimeBound,
    }
}

values! {
    /// A weakness of a goal's wording. A warning never causes a refusal. More values can be added.
    @may_grow pub enum SmartWarning {
        /// The texts contain words such as “better” or “more”, but no number, and the goal has no key result.
        VagueWords,
        /// The title has fewer than three words.
        ShortTitle,
        /// The target day has passed.
        TargetPassed,
        /// The target day is more than two years ahead.
        TargetFar,
    }
}

/// Result of the SMART check on the day of reading.
#[derive(Clone, Debug, Default, Serialize, ToSchema)]
pub struct Smart {
    /// Parts that are missing. Empty: the goal has all parts.
    #[schema(max_items = 5)]
    pub missing: Vec<SmartPart>,
    /// Weaknesses of the wording. Empty: there are none.
    #[schema(max_items = 4)]
    pub warnings: Vec<SmartWarning>,
    /// The vague words that caused the warning `vague_words`. Empty: there is no such warning.
    #[schema(value_type = Vec<String>, max_items = 20)]
    pub vague_words: Vec<&'static str>,
}
