//! What a person says of themselves.

use crate::http::merge_patch;
use crate::ids::LadderRoleId;
use crate::people::person::model::{Format, Person, StyleAnswers};
use crate::people::person::roster::model::{check_languages, check_list};
use crate::people::person::scale::Capacity;
use crate::policy::Sealed;
use crate::problem::Problem;
use crate::text::{Language, Name, Text, TimeZone};

/// Every way to meet, once.
const MOST_FORMATS: usize = 6;
/// Nobody reads more topics.
const MOST_TOPICS: usize = 20;

merge_patch! {
    /// What to change of your profile.
    #[schema(examples(json!({
        "bio": "I like questions better than answers.",
        "offers_mentoring": true,
        "mentor_capacity": 2,
        "formats": ["video", "walking"],
        "topics": ["Public speaking"],
        "time_zone": "Europe/Zurich",
        "career_goals": null,
    })))]
    ChangeProfileInput {
        /// In your own words. For everybody.
        bio: Option<Text>,
        /// Willing to mentor. For everybody.
        offers_mentoring: bool,
        /// Would like a mentor. For everybody.
        wants_mentoring: bool,
        /// Takes no new pairs for now. For everybody.
        is_paused: bool,
        /// Pairs you would mentor at once. For everybody.
        mentor_capacity: Capacity,
        /// How you like to meet, each once. For everybody.
        #[schema(max_items = 6)]
        formats: Vec<Format>,
        /// What you like to talk about; at most 20. For everybody.
        #[schema(max_items = 20)]
        topics: Vec<Name>,
        /// What you speak, best first; at most 20. For everybody.
        #[schema(max_items = 20)]
        languages: Vec<Language>,
        /// Where your clock stands. For everybody.
        time_zone: TimeZone,
        /// Where you want to get. For you, your manager and the leads of your programs.
        career_goals: Option<Text>,
        /// What draws you. For you, your manager and the leads of your programs.
        career_interest: Option<Text>,
        /// The ladder role you work towards. For you, your manager and the leads of your programs.
        target_role_id: Option<LadderRoleId>,
        /// How you learn. For you alone.
        learning_style: Option<Text>,
        /// How you communicate. For you alone.
        communication_style: Option<Text>,
        /// What you need to take part. For you alone.
        accommodations: Option<Text>,
        /// How you work: four answers from 1 to 5. For you alone.
        style_answers: Option<StyleAnswers>,
        /// Lets your answers enter the score of suggestions, as part of `personal_fit`.
        consents_to_personal_fit: bool,
    }
}

impl Person {
    /// Takes over what the person says of themselves.
    pub fn describe(&mut self, profile: ChangeProfileInput) -> Result<(), Problem> {
        profile.formats.set().map_or(Ok(()), |formats| check_list("/formats", formats, MOST_FORMATS))?;
        profile.topics.set().map_or(Ok(()), |topics| check_list("/topics", topics, MOST_TOPICS))?;
        profile.languages.set().map_or(Ok(()), |languages| check_languages(languages))?;
        profile.bio.apply(&mut self.bio);
        profile.offers_mentoring.apply(&mut self.offers_mentoring);
        profile.wants_mentoring.apply(&mut self.wants_mentoring);
        profile.is_paused.apply(&mut self.is_paused);
        profile.mentor_capacity.apply(&mut self.mentor_capacity);
        profile.formats.apply(&mut self.formats);
        profile.topics.apply(&mut self.topics);
        profile.languages.apply(&mut self.languages);
        profile.time_zone.apply(&mut self.time_zone);
        profile.career_goals.apply(&mut self.career_goals);
        profile.career_interest.apply(&mut self.career_interest);
        profile.target_role_id.apply(&mut self.target_role_id);
        let id = self.id;
        profile.learning_style.map(|own| own.map(|own| Sealed::new(id, own))).apply(&mut self.learning_style);
        profile.communication_style.map(|own| own.map(|own| Sealed::new(id, own))).apply(&mut self.communication_style);
        profile.accommodations.map(|own| own.map(|own| Sealed::new(id, own))).apply(&mut self.accommodations);
        profile.style_answers.map(|own| own.map(|own| Sealed::new(id, own))).apply(&mut self.style_answers);
        profile.consents_to_personal_fit.apply(&mut self.consents_to_personal_fit);
        Ok(())
    }

    /// Whether both say the same of themselves, as far as everybody may know.
    pub fn has_same_profile(&self, other: &Self) -> bool {
        self.bio == other.bio
            && self.offers_mentoring == other.offers_mentoring
            && self.wants_mentoring == other.wants_mentoring
            && self.is_paused == other.is_paused
            && self.mentor_capacity == other.mentor_capacity
            && self.formats == other.formats
            && self.topics == other.topics
            && self.languages == other.languages
            && self.time_zone == other.time_zone
    }
}
