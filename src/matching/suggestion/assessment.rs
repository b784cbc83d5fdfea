//! What a suggestion says, as it is stored and shown: the engine's findings with the organisation's own names.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::SkillId;
use crate::matching::engine::{self, Evidence, Factor, Features, GrowthArea, Names, Skill};
use crate::text::Name;

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$word_doc])* $word,)+ }
    };
}

words! {
    /// What a suggestion looks at.
    SuggestionFactor {
        /// How much of what the mentee wants to learn the mentor can teach.
        SkillCoverage,
        /// By how many levels the mentor stands above the mentee.
        LevelGap,
        /// Whether the mentor holds, held or is near the role that the mentee aims for.
        Aspiration,
        /// Whether both named the same topic.
        MutualInterest,
        /// How much longer the mentor has worked here, in whole years.
        ExperienceGap,
        /// How far apart the two work in the organisation.
        TeamDistance,
        /// How many working hours the two share.
        Availability,
        /// How much of the mentor's capacity is free.
        Workload,
        /// Whether the two like to meet in the same way.
        Format,
        /// How alike the two like to work. The one way in which private answers count, only of those who agreed to it,
        /// and always without evidence.
        PersonalFit,
    }
}

words! {
    /// Why a suggestion stands one level lower than its score.
    SuggestionCaution {
        /// It would take the mentor's last free place, of two or more.
        LastFreePlace,
        /// The mentor can teach less than a fifth of what the mentee wants to learn.
        LittleSkillCoverage,
        /// More than 40 % of the weight rests on what is not known.
        MuchUnknown,
    }
}

words! {
    /// How near a mentor is to a ladder role.
    RoleNearness {
        /// Holds it.
        Holds,
        /// Held it.
        Held,
        /// Stands on its ladder.
        SameLadder,
        /// Neither.
        Elsewhere,
    }
}

words! {
    /// How far apart two people work.
    WorkDistance {
        /// In the same team.
        SameTeam,
        /// In the same department.
        SameDepartment,
        /// In different departments.
        Apart,
    }
}

/// The facts behind a reason: only those that belong to its factor are there, and of those only what is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionEvidence {
    /// Of `skill_coverage`: how many skills the mentee wants to learn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 200, examples(3))]
    skills_wanted: Option<usize>,
    /// Of `skill_coverage`: how many of them the mentor covers, wholly or in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 200, examples(2))]
    skills_covered: Option<usize>,
    /// Of `level_gap`: how many levels the mentor is above the mentee; negative below.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -20, maximum = 20, examples(2))]
    levels_above: Option<i16>,
    /// Of `aspiration`: how near the mentor is to the role that the mentee aims for.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearness: Option<RoleNearness>,
    /// Of `mutual_interest`: topics that both named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    topics: Option<Vec<String>>,
    /// Of `experience_gap`: how many whole years longer the mentor has worked here; negative: shorter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -100, maximum = 100, examples(6))]
    years_longer: Option<i32>,
    /// Of `team_distance`: how far apart they work.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<WorkDistance>,
    /// Of `availability`: working minutes that they share in a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 480, examples(420))]
    shared_minutes: Option<u32>,
    /// Of `workload`: the mentor's free places.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10, examples(2))]
    free_places: Option<u8>,
    /// Of `format`: ways to meet that both like.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10, examples(2))]
    formats_shared: Option<u32>,
}

/// What one factor adds to the score, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionReason {
    /// Which factor.
    factor: SuggestionFactor,
    /// How well the two do in it, 0 to 10 000; 5 000 where it is not known.
    #[schema(minimum = 0, maximum = 10_000, examples(10_000))]
    value: u16,
    /// How much it counts, of 10 000 for all factors together.
    #[schema(minimum = 0, maximum = 10_000, examples(1_400))]
    weight: u16,
    /// What it adds to the score: `value × weight / 10 000`, rounded. All contributions add up to the score exactly.
    #[schema(minimum = 0, maximum = 10_000, examples(1_400))]
    contribution: u16,
    /// The facts in words, addressed to the mentee.
    #[schema(max_length = 2000, examples("Mira Meyer is 2 levels above you."))]
    sentence: String,
    /// The facts.
    evidence: SuggestionEvidence,
}

/// A reason that stands out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionRemark {
    /// Its factor.
    factor: SuggestionFactor,
    /// In words.
    #[schema(max_length = 2000, examples("Covers 2 of your 3 growth areas: Rust and Negotiation."))]
    sentence: String,
}

/// A skill that the mentee wants to learn, and what this mentor can do for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionGrowthArea {
    /// The skill.
    skill_id: SkillId,
    /// Its name.
    name: Name,
    /// Where the mentee is, 0 to 4.
    #[schema(minimum = 0, maximum = 4, examples(1))]
    current_level: u8,
    /// Where the mentee wants to be, 1 to 5.
    #[schema(minimum = 1, maximum = 5, examples(3))]
    target_level: u8,
    /// The mentor's level in this skill; 0 where they do not offer it. Then `covered` comes from a related skill.
    #[schema(minimum = 0, maximum = 5, examples(4))]
    mentor_level: u8,
    /// Share of the way that the mentor covers, 0 to 10 000.
    #[schema(minimum = 0, maximum = 10_000, examples(10_000))]
    covered: u16,
}

/// The mentor's places when the suggestion was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionCapacity {
    /// Pairs they mentor.
    #[schema(minimum = 0, maximum = 255, examples(1))]
    active: u8,
    /// Pairs they would mentor at once.
    #[schema(minimum = 1, maximum = 10, examples(3))]
    capacity: u8,
    /// Places left.
    #[schema(minimum = 0, maximum = 10, examples(2))]
    free: u8,
}

/// The findings about one mentor for one mentee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The chance that such a pair does well.
    pub percent: u8,
    /// Why the level is lower than the score.
    pub cautions: Vec<SuggestionCaution>,
    /// One a factor.
    pub reasons: Vec<SuggestionReason>,
    /// The best three.
    pub strengths: Vec<SuggestionRemark>,
    /// What speaks against it.
    pub considerations: Vec<SuggestionRemark>,
    /// What the mentee wants to learn.
    pub growth_areas: Vec<SuggestionGrowthArea>,
    /// The mentor's places.
    pub mentor_capacity: SuggestionCapacity,
}

impl Findings {
    /// What the engine found, told with these names. `skills` are those that the mentee wants to learn.
    pub fn new(found: &engine::Assessment, names: &Names, skills: &HashMap<Skill, (SkillId, Name)>) -> Self {
        let remark = |reason: &&engine::Reason| SuggestionRemark {
            factor: factor(&reason.evidence),
            sentence: reason.sentence.clone(),
        };
        let reasons = found.reasons.iter().map(|reason| SuggestionReason {
            factor: factor(&reason.evidence),
            value: reason.value,
            weight: reason.weight,
            contribution: reason.contribution,
            sentence: reason.sentence.clone(),
            evidence: evidence(&reason.evidence, names),
        });
        let load = found.load;
        Self {
            percent: found.percent,
            cautions: found.cautions.iter().map(|caution| SuggestionCaution::from(*caution)).collect(),
            reasons: reasons.collect(),
            strengths: found.strengths().iter().map(remark).collect(),
            considerations: found.considerations().iter().map(remark).collect(),
            growth_areas: found.growth.iter().filter_map(|area| growth_area(area, skills)).collect(),
            mentor_capacity: SuggestionCapacity { active: load.active, capacity: load.capacity, free: load.free() },
        }
    }
}

impl Findings {
    /// The values of the factors, as far as they rest on nothing private: `personal_fit` is as if it were not known.
    pub fn open_features(&self) -> Features {
        Features::from(Factor::ALL.map(|factor| {
            let name = SuggestionFactor::from(factor);
            let reason = self.reasons.iter().find(|reason| reason.factor == name);
            reason.filter(|_| name != SuggestionFactor::PersonalFit).map(|reason| reason.value)
        }))
    }
}

impl From<Factor> for SuggestionFactor {
    fn from(factor: Factor) -> Self {
        match factor {
            Factor::SkillCoverage => Self::SkillCoverage,
            Factor::LevelGap => Self::LevelGap,
            Factor::Aspiration => Self::Aspiration,
            Factor::Style => Self::PersonalFit,
            Factor::MutualInterest => Self::MutualInterest,
            Factor::ExperienceGap => Self::ExperienceGap,
            Factor::TeamDistance => Self::TeamDistance,
            Factor::Availability => Self::Availability,
            Factor::Workload => Self::Workload,
            Factor::Format => Self::Format,
        }
    }
}

fn growth_area(area: &GrowthArea, skills: &HashMap<Skill, (SkillId, Name)>) -> Option<SuggestionGrowthArea> {
    let (skill_id, name) = skills.get(&area.skill)?.clone();
    Some(SuggestionGrowthArea {
        skill_id,
        name,
        current_level: area.current,
        target_level: area.target,
        mentor_level: area.mentor,
        covered: area.covered,
    })
}

const fn factor(evidence: &Evidence) -> SuggestionFactor {
    match evidence {
        Evidence::Growth(_) => SuggestionFactor::SkillCoverage,
        Evidence::Levels(_) => SuggestionFactor::LevelGap,
        Evidence::Aspiration(_) => SuggestionFactor::Aspiration,
        Evidence::Interest { .. } => SuggestionFactor::MutualInterest,
        Evidence::ExperienceQuarters(_) => SuggestionFactor::ExperienceGap,
        Evidence::Distance(_) => SuggestionFactor::TeamDistance,
        Evidence::SharedMinutes(_) => SuggestionFactor::Availability,
        Evidence::Places { .. } => SuggestionFactor::Workload,
        Evidence::Formats(_) => SuggestionFactor::Format,
        Evidence::Withheld => SuggestionFactor::PersonalFit,
    }
}

fn evidence(evidence: &Evidence, names: &Names) -> SuggestionEvidence {
    let mut told = SuggestionEvidence::default();
    match evidence {
        Evidence::Growth(areas) => {
            told.skills_wanted = Some(areas.len());
            told.skills_covered = Some(areas.iter().filter(|area| area.covered > 0).count());
        }
        Evidence::Levels(gap) => told.levels_above = Some(*gap),
        Evidence::Aspiration(near) => told.nearness = near.map(|(_, near)| near.into()),
        Evidence::Interest { topics, .. } => {
            told.topics = Some(topics.iter().filter_map(|topic| names.topics.get(topic).cloned()).collect());
        }
        Evidence::ExperienceQuarters(quarters) => told.years_longer = quarters.map(|quarters| quarters / 4),
        Evidence::Distance(distance) => told.distance = distance.map(Into::into),
        Evidence::SharedMinutes(minutes) => told.shared_minutes = Some(*minutes),
        Evidence::Places { free, .. } => told.free_places = Some(*free),
        Evidence::Formats(formats) => told.formats_shared = formats.map(|(shared, _)| shared),
        Evidence::Withheld => {}
    }
    told
}

impl From<engine::Caution> for SuggestionCaution {
    fn from(caution: engine::Caution) -> Self {
        match caution {
            engine::Caution::LastFreePlace => Self::LastFreePlace,
            engine::Caution::LittleSkillCoverage => Self::LittleSkillCoverage,
            engine::Caution::MuchUnknown => Self::MuchUnknown,
        }
    }
}

impl From<engine::Nearness> for RoleNearness {
    fn from(nearness: engine::Nearness) -> Self {
        match nearness {
            engine::Nearness::Holds => Self::Holds,
            engine::Nearness::Held => Self::Held,
            engine::Nearness::SameLadder => Self::SameLadder,
            engine::Nearness::Elsewhere => Self::Elsewhere,
        }
    }
}

impl From<engine::Distance> for WorkDistance {
    fn from(distance: engine::Distance) -> Self {
        match distance {
            engine::Distance::SameTeam => Self::SameTeam,
            engine::Distance::SameDepartment => Self::SameDepartment,
            engine::Distance::Apart => Self::Apart,
        }
    }
}
