//! What a report holds.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::quarter::Quarter;
use crate::fairness::group::model::GroupName;
use crate::ids::ProgramId;
use crate::matching::suggestion::assessment::SuggestionFactor;
use crate::people::organisation::Organisation;
use crate::policy::acts::ReadFairness;
use crate::policy::{Readable, Related, Relations, Viewer};
use crate::text::Name;

/// Which suggestions and cohorts a report is about.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Asked for in this quarter, or begun.
    pub quarter: Quarter,
    /// In this program.
    pub program: Option<ProgramId>,
    /// Made by this model.
    pub model_version: Option<Name>,
}

/// Where people are selected, or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FairnessStage {
    /// Of the mentees who asked or were in a cohort, those to whom a mentor was suggested or given.
    Suggested,
    /// Of the same, those who have a pair from it that began.
    Matched,
    /// Of the mentors, those who were suggested or given to somebody.
    Shown,
}

/// What is told of a group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessGroupFigures {
    /// The group.
    pub group: GroupName,
    /// Whether nothing is told of it: because it has fewer than 20 people here, or nobody, or because one that has could
    /// be found through it. Which of these it is, is not told either; of 20 to 24 people chance decides.
    pub is_suppressed: bool,
    /// How many people, in whole fives.
    #[schema(minimum = 0, examples(120))]
    pub people: Option<usize>,
    /// How many of them were selected, in whole fives.
    #[schema(minimum = 0, examples(85))]
    pub selected: Option<usize>,
    /// `selected` divided by `people`.
    #[schema(minimum = 0, maximum = 1, examples(0.71))]
    pub selection_rate: Option<f64>,
    /// The mean level of the best suggestion each of those selected had in this stage: 1 low, 2 medium, 3 high; `null`
    /// also where fewer than 20 were selected.
    #[schema(minimum = 1, maximum = 3, examples(2.4))]
    pub mean_level: Option<f64>,
}

/// How the groups of an attribute fare at one stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessFinding {
    /// The stage.
    pub stage: FairnessStage,
    /// Every group of the attribute, whether or not somebody of it is here.
    #[schema(max_items = 30)]
    pub groups: Vec<FairnessGroupFigures>,
    /// The lowest selection rate over the highest; `null` where fewer than two groups are told of, or nobody was selected.
    #[schema(minimum = 0, maximum = 1, examples(0.93))]
    pub selection_ratio: Option<f64>,
    /// The lowest mean level over the highest.
    #[schema(minimum = 0, maximum = 1, examples(0.97))]
    pub level_ratio: Option<f64>,
    /// Whether one of the two ratios is below four fifths, by the numbers as they are told.
    pub is_flagged: bool,
    /// What the figures say.
    #[schema(max_length = 500)]
    pub means: &'static str,
    /// What they do not say.
    #[schema(max_length = 500)]
    pub does_not_mean: &'static str,
    /// What to look at next, where it is flagged.
    #[schema(max_length = 500)]
    pub look_next: Option<&'static str>,
}

/// Something that suggestions look at, and that goes along with a group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessProxy {
    /// The group of the mentees.
    pub group: GroupName,
    /// What suggestions look at.
    pub factor: SuggestionFactor,
    /// Pearson's correlation of its value with being of the group, to one decimal: −1 to 1, above 0 where the group has
    /// higher values than the others.
    #[schema(minimum = -1, maximum = 1, examples(-0.4))]
    pub correlation: f64,
}

/// What is told of an attribute.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessOfAttribute {
    /// What its groups have in common.
    pub attribute: GroupName,
    /// How its groups fare, stage by stage.
    #[schema(max_items = 3)]
    pub findings: Vec<FairnessFinding>,
    /// What may stand in for a group: factors whose values correlate with it by .3 or more, either way.
    #[schema(max_items = 300)]
    pub proxies: Vec<FairnessProxy>,
    /// What they say.
    #[schema(max_length = 500)]
    pub proxies_mean: &'static str,
}

/// How evenly mentors are seen.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessExposure {
    /// How unevenly exposure is spread over mentors: 0 where all have the same, near 1 where one has all. `null` where
    /// nobody was suggested, or there are fewer than 20 mentors.
    #[schema(minimum = 0, maximum = 1, examples(0.42))]
    pub gini: Option<f64>,
    /// The share of mentors who were suggested to nobody; `null` where there are fewer than 20 mentors.
    #[schema(minimum = 0, maximum = 1, examples(0.3))]
    pub share_never_shown: Option<f64>,
    /// What the two say.
    #[schema(max_length = 500)]
    pub means: &'static str,
    /// What they do not say.
    #[schema(max_length = 500)]
    pub does_not_mean: &'static str,
}

/// Why a mentee who asked or was in a cohort has no pair from it: the first of these that holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FairnessUnmatchedReason {
    /// A suggestion, a mentor whom they asked or a proposed pair still waits for an answer.
    Waiting,
    /// A pair was proposed, and the mentor said no, or did not answer.
    Declined,
    /// They dismissed what was suggested.
    Dismissed,
    /// What was suggested or planned no longer holds: newer ones took its place, or the mentor was no longer available.
    WentStale,
    /// The plan of a cohort had no mentor for them.
    NonePlanned,
    /// Nobody could be suggested to them.
    #[default]
    NoneSuggested,
}

impl FairnessUnmatchedReason {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Declined, Self::Dismissed, Self::WentStale, Self::NonePlanned, Self::NoneSuggested];
}

/// How many mentees have no pair for one reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessUnmatched {
    /// The reason.
    pub reason: FairnessUnmatchedReason,
    /// How many, to the nearest five; `null` where they are fewer than 20, or others who are could be found through them.
    #[schema(minimum = 0, examples(35))]
    pub people: Option<usize>,
    /// What it says.
    #[schema(max_length = 500)]
    pub means: &'static str,
}

/// Whether suggestions treat groups alike.
#[derive(Clone, Debug)]
pub struct FairnessReport {
    /// Which suggestions and cohorts it is about.
    pub slice: Slice,
    /// Attribute by attribute.
    pub attributes: Vec<FairnessOfAttribute>,
    /// How evenly mentors are seen.
    pub exposure: FairnessExposure,
    /// Who has no pair, and why.
    pub unmatched: Vec<FairnessUnmatched>,
}

/// For admins alone. Coordinators know the people of their program by name: of so few they would learn too much.
impl Related for FairnessReport {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

impl Readable for FairnessReport {
    type Read = ReadFairness;
    const KIND: &'static str = "fairness_reports";

    // It is made when it is asked for.
    fn id(&self) -> Uuid {
        Uuid::nil()
    }
}
