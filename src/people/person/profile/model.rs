//! The fields of a profile, and their rules.

use serde::Deserialize;
use utoipa::ToSchema;

use crate::http::merge_patch;
use crate::ids::{LadderRoleId, SkillId};
use crate::people::person::model::{MeetingFormat, Person, StyleAnswers};
use crate::people::person::roster::model::{check_languages, check_list};
use crate::people::person::scale::{Capacity, CurrentLevel, Priority, SkillLevel};
use crate::policy::Sealed;
use crate::problem::Problem;
use crate::text::{Language, Name, Text, TimeZone};

/// Maximum number of ways to meet: each way once.
const MOST_FORMATS: usize = 6;
/// Maximum number of topics.
const MOST_TOPICS: usize = 20;

merge_patch! {
    /// Changes to your profile. Fields that are left out stay as they are.
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
        /// Text about yourself. `null` removes it. Visible to everyone.
        bio: Option<Text>,
        /// Whether you offer to be a mentor. Visible to everyone.
        offers_mentoring: bool,
        /// Whether you want a mentor. Visible to everyone.
        wants_mentoring: bool,
        /// Whether you take no new pairs for now. Visible to everyone.
        is_paused: bool,
        /// Maximum number of mentees that you take at the same time. Visible to everyone.
        mentor_capacity: Capacity,
        /// Preferred ways to meet, each once. Empty: no preference. Visible to everyone.
        #[schema(max_items = 6)]
        formats: Vec<MeetingFormat>,
        /// Topics that you like to talk about, at most 20. Empty: none. Visible to everyone.
        #[schema(max_items = 20)]
        topics: Vec<Name>,
        /// Languages, best first, at most 20. Empty: none. Visible to everyone.
        #[schema(max_items = 20)]
        languages: Vec<Language>,
        /// Your time zone. Visible to everyone.
        time_zone: TimeZone,
        /// Career goals. `null` removes them. Visible to you, your manager and the leads of your programs.
        career_goals: Option<Text>,
        /// Career interests. `null` removes them. Visible to you, your manager and the leads of your programs.
        career_interest: Option<Text>,
        /// Id of the career ladder role that you work towards. `null` removes it. Visible to you, your manager and the
        /// leads of your programs.
        target_role_id: Option<LadderRoleId>,
        /// Learning style. `null` removes the text. Visible only to you.
        learning_style: Option<Text>,
        /// Communication style. `null` removes the text. Visible only to you.
        communication_style: Option<Text>,
        /// Accommodations that you need to take part. `null` removes the text. Visible only to you.
        accommodations: Option<Text>,
        /// Four answers about how you work, each from 1 to 5. `null` removes them. Visible only to you.
        style_answers: Option<StyleAnswers>,
        /// Whether suggestions may use your answers, as part of `personal_fit`. Visible only to you.
        consents_to_personal_fit: bool,
    }
}

/// A skill that you can teach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferedSkill {
    /// Id of the skill. Each skill may occur once.
    pub skill_id: SkillId,
    /// Level at which you can teach it, from 1 (knows the basics) to 5 (experts ask for advice).
    pub level: SkillLevel,
}

/// A skill that you want to learn.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeededSkill {
    /// Id of the skill. Each skill may occur once.
    pub skill_id: SkillId,
    /// Importance from 1 (would be nice) to 3 (matters most).
    pub priority: Priority,
    /// Current level, from 0 (none) to 4.
    pub current_level: CurrentLevel,
    /// Level to reach, from 1 to 5. It must be above `current_level`.
    pub target_level: SkillLevel,
}

impl Person {
    /// Applies the changes of a profile.
    pub fn apply_profile(&mut self, profile: ChangeProfileInput) -> Result<(), Problem> {
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

    /// Whether both have the same public profile.
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
