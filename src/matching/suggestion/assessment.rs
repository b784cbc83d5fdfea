//! The findings of a suggestion as they are stored and shown: those of the engine, with the ids and names of the
//! organisation.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::SkillId;
use crate::matching::engine::{self, Evidence, Factor, Features, GrowthArea, Names, Skill};
use crate::text::Name;

values! {
    /// Factors of the score of a suggestion.
    pub enum SuggestionFactor {
        /// The skills that the mentee wants to learn and the mentor can teach.
        SkillCoverage,
        /// How well the difference between the levels of the mentor and the mentee suits the model of mentoring.
        LevelGap,
        /// How close the mentor is to the role that the mentee aims for.
        Aspiration,
        /// Topics that both have chosen, and whether they have named each other.
        MutualInterest,
        /// The years that the mentor has worked here longer than the mentee.
        ExperienceGap,
        /// The distance of the two in the organisation.
        TeamDistance,
        /// The working hours that the two share.
        Availability,
        /// The free part of the capacity of the mentor.
        Workload,
        /// The ways to meet that both prefer.
        Format,
        /// The similarity of how the two like to work. It applies only to people who agreed to it, because it uses
        /// private answers. It never has evidence.
        PersonalFit,
    }
}

values! {
    /// Reasons why a suggestion is one level lower than its score gives.
    pub enum SuggestionCaution {
        /// The pair would take the last free place of a mentor with a capacity of two or more.
        LastFreePlace,
        /// The mentor can teach less than a fifth of the skills that the mentee wants to learn.
        LittleSkillCoverage,
        /// More than 40 % of the weight belongs to factors with unknown values.
        MuchUnknown,
    }
}

values! {
    /// How close a mentor is to a role of a career ladder.
    pub enum RoleNearness {
        /// The mentor has the role.
        Holds,
        /// The mentor had the role before.
        Held,
        /// The mentor has another role of the same ladder.
        SameLadder,
        /// The mentor has no role of this ladder.
        Elsewhere,
    }
}

values! {
    /// Distance of two people in the organisation.
    pub enum WorkDistance {
        /// Both are in the same team.
        SameTeam,
        /// Both are in the same department, but not in the same team.
        SameDepartment,
        /// The two are in different departments.
        Apart,
    }
}

/// Facts behind a reason. Only the fields of its factor are present. A field whose value is not known is absent; no
/// field is ever `null`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionEvidence {
    /// For `skill_coverage`: number of skills that the mentee wants to learn.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 200, examples(3))]
    skills_wanted: Option<usize>,
    /// For `skill_coverage`: number of these skills that the mentor covers, fully or in part.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 200, examples(2))]
    skills_covered: Option<usize>,
    /// For `level_gap`: levels of the mentor above the mentee. Negative: below.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -20, maximum = 20, examples(2))]
    levels_above: Option<i16>,
    /// For `aspiration`: how close the mentor is to the role that the mentee aims for.
    #[serde(skip_serializing_if = "Option::is_none")]
    nearness: Option<RoleNearness>,
    /// For `mutual_interest`: topics that both have chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_items = 50)]
    topics: Option<Vec<String>>,
    /// For `experience_gap`: whole years that the mentor has worked here longer. Negative: shorter.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = -100, maximum = 100, examples(6))]
    years_longer: Option<i32>,
    /// For `team_distance`: distance of the two in the organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance: Option<WorkDistance>,
    /// For `availability`: working time that the two share per day, in minutes.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 480, examples(420))]
    shared_minutes: Option<u32>,
    /// For `workload`: free places of the mentor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10, examples(2))]
    free_places: Option<u8>,
    /// For `format`: number of ways to meet that both prefer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 0, maximum = 10, examples(2))]
    formats_shared: Option<u32>,
}

/// Contribution of one factor to the score.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionReason {
    /// Factor.
    factor: SuggestionFactor,
    /// Value of the factor for the two, 0 to 10,000. 5,000: unknown.
    #[schema(minimum = 0, maximum = 10_000, examples(10_000))]
    value: u16,
    /// Weight of the factor. The weights of all factors add up to 10,000.
    #[schema(minimum = 0, maximum = 10_000, examples(1_400))]
    weight: u16,
    /// Contribution to the score: `value × weight / 10,000`, rounded so that all contributions add up to the score.
    #[schema(minimum = 0, maximum = 10_000, examples(1_400))]
    contribution: u16,
    /// Sentence that explains the facts. It addresses the mentee.
    #[schema(max_length = 2000, examples("Mira Meyer is 2 levels above you."))]
    sentence: String,
    /// Facts behind the reason.
    evidence: SuggestionEvidence,
}

/// An important reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionRemark {
    /// Factor of the reason.
    factor: SuggestionFactor,
    /// Sentence that explains it. It addresses the mentee.
    #[schema(max_length = 2000, examples("Covers 2 of your 3 growth areas: Rust and Negotiation."))]
    sentence: String,
}

/// A skill that the mentee wants to learn, and how far this mentor covers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionGrowthArea {
    /// Id of the skill.
    skill_id: SkillId,
    /// Name of the skill.
    name: Name,
    /// Current level of the mentee, 0 to 4.
    #[schema(minimum = 0, maximum = 4, examples(1))]
    current_level: u8,
    /// Level that the mentee wants to reach, 1 to 5.
    #[schema(minimum = 1, maximum = 5, examples(3))]
    target_level: u8,
    /// Level of the mentor in this skill. 0: the mentor does not offer it; then `covered` comes from a related skill.
    #[schema(minimum = 0, maximum = 5, examples(4))]
    mentor_level: u8,
    /// Share of the way to the target level that the mentor covers, 0 to 10,000.
    #[schema(minimum = 0, maximum = 10_000, examples(10_000))]
    covered: u16,
}

/// Capacity of the mentor when the suggestion was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SuggestionCapacity {
    /// Number of live pairs of the mentor.
    #[schema(minimum = 0, maximum = 255, examples(1))]
    active: u8,
    /// Number of mentees that the mentor takes at the same time.
    #[schema(minimum = 1, maximum = 10, examples(3))]
    capacity: u8,
    /// Number of free places.
    #[schema(minimum = 0, maximum = 10, examples(2))]
    free_places: u8,
}

/// The findings about one mentor for one mentee.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// Estimated chance in percent that such a pair does well.
    pub percent: u8,
    /// Reasons why the level is lower than the score gives.
    pub cautions: Vec<SuggestionCaution>,
    /// One reason per factor.
    pub reasons: Vec<SuggestionReason>,
    /// The three strongest reasons.
    pub strengths: Vec<SuggestionRemark>,
    /// Points to consider.
    pub considerations: Vec<SuggestionRemark>,
    /// Skills that the mentee wants to learn.
    pub growth_areas: Vec<SuggestionGrowthArea>,
    /// Capacity of the mentor.
    pub mentor_capacity: SuggestionCapacity,
}

impl Findings {
    /// The findings of the engine with the ids and names of the organisation. `skills` are those that the mentee wants
    /// to learn.
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
            mentor_capacity: SuggestionCapacity {
                active: load.active,
                capacity: load.capacity,
                free_places: load.free(),
            },
        }
    }
}

impl Findings {
    /// The values of the factors that use no private data. `personal_fit` counts as unknown.
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
    let mut facts = SuggestionEvidence::default();
    match evidence {
        Evidence::Growth(areas) => {
            facts.skills_wanted = Some(areas.len());
            facts.skills_covered = Some(areas.iter().filter(|area| area.covered > 0).count());
        }
        Evidence::Levels(gap) => facts.levels_above = Some(*gap),
        Evidence::Aspiration(near) => facts.nearness = near.map(|(_, near)| near.into()),
        Evidence::Interest { topics, .. } => {
            facts.topics = Some(topics.iter().filter_map(|topic| names.topics.get(topic).cloned()).collect());
        }
        Evidence::ExperienceQuarters(quarters) => facts.years_longer = quarters.map(|quarters| quarters / 4),
        Evidence::Distance(distance) => facts.distance = distance.map(Into::into),
        Evidence::SharedMinutes(minutes) => facts.shared_minutes = Some(*minutes),
        Evidence::Places { free, .. } => facts.free_places = Some(*free),
        Evidence::Formats(formats) => facts.formats_shared = formats.map(|(shared, _)| shared),
        Evidence::Withheld => {}
    }
    facts
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
