//! The result of the SMART check of a goal. `smart_check` makes it.

use serde::Serialize;
use utoipa::ToSchema;

values! {
    /// A part that is missing in a goal. More values can be added.
    @may_grow pub enum SmartPart {
        /// The field `specific` is empty. Write exactly what you want to achieve.
        Specific,
        /// The field `measurable` is empty, and the goal has no key result. Write how you will recognise success, or
        /// add a key result.
        Measurable,
        /// The field `achievable` is empty. Write why you can achieve the goal.
        Achievable,
        /// The fields `relevant` and `aligned_to` are empty. Write in one of these fields why the goal matters.
        Relevant,
        /// The field `target_on` is empty. Set the date by which you want to achieve the goal.
        TimeBound,
    }
}

values! {
    /// A weakness of a goal's wording. A warning never causes a refusal. More values can be added.
    @may_grow pub enum SmartWarning {
        /// The texts contain words such as “better” or “more”, but no number, and the goal has no key result. Say how
        /// much, or add a key result.
        VagueWords,
        /// The title has fewer than three words. Say in the title what you want to achieve.
        ShortTitle,
        /// The target date has passed. Set a new date, or close the goal.
        TargetPassed,
        /// The target date is more than two years ahead. Set an earlier date, or a smaller goal.
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
