//! The content of a report.

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

/// Scope of a report.
#[derive(Clone, Debug)]
pub struct Slice {
    /// Quarter of the requests and matching rounds.
    pub quarter: Quarter,
    /// Program; `None`: all.
    pub program: Option<ProgramId>,
    /// Version of the model; `None`: all.
    pub model_version: Option<Name>,
}

values! {
    /// Stage at which people are selected.
    pub enum FairnessStage {
        /// Mentees who requested suggestions or were in a published matching round; selected are those with a suggested
        /// or planned mentor.
        Suggested,
        /// The same mentees; selected are those with a pair from it that began.
        Matched,
        /// Mentors; selected are those who were suggested or planned for at least one mentee.
        Shown,
    }
}

/// Figures of a group.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessGroupFigures {
    /// Name of the group.
    pub group: GroupName,
    /// Whether the figures are hidden: the group has fewer than 20 people here, or it could reveal such a group. The
    /// exact reason is not shown. For 20 to 24 people, chance decides.
    pub is_suppressed: bool,
    /// Number of people in the group, rounded to a multiple of 5. `null`: hidden.
    #[schema(minimum = 0, examples(120))]
    pub people: Option<usize>,
    /// Number of selected people in the group, rounded to a multiple of 5. `null`: hidden.
    #[schema(minimum = 0, examples(85))]
    pub selected: Option<usize>,
    /// `selected` divided by `people`. `null`: hidden.
    #[schema(minimum = 0, maximum = 1, examples(0.71))]
    pub selection_rate: Option<f64>,
    /// Mean level of the best suggestion of each selected person: 1 low, 2 medium, 3 high. `null`: hidden, or fewer
    /// than 20 selected people.
    #[schema(minimum = 1, maximum = 3, examples(2.4))]
    pub mean_level: Option<f64>,
}

/// Comparison of the groups of an attribute at one stage.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessFinding {
    /// Stage.
    pub stage: FairnessStage,
    /// Figures of every group of the attribute, also of groups without people here.
    #[schema(max_items = 30)]
    pub groups: Vec<FairnessGroupFigures>,
    /// Lowest selection rate divided by the highest. `null`: fewer than two groups are shown, or no one was selected.
    #[schema(minimum = 0, maximum = 1, examples(0.93))]
    pub selection_ratio: Option<f64>,
    /// Lowest mean level divided by the highest. `null`: fewer than two groups have a mean level.
    #[schema(minimum = 0, maximum = 1, examples(0.97))]
    pub level_ratio: Option<f64>,
    /// Whether one of the two ratios is below 0.8, computed from the rounded numbers.
    pub is_flagged: bool,
    /// What the figures mean.
    #[schema(max_length = 500)]
    pub means: &'static str,
    /// What the figures do not mean.
    #[schema(max_length = 500)]
    pub does_not_mean: &'static str,
    /// What to check next. `null`: not flagged.
    #[schema(max_length = 500)]
    pub next_step: Option<&'static str>,
}

/// A factor of suggestions that may stand in for a group: its values are clearly higher or lower in the group than
/// outside it. So the factor can favour or disadvantage the group, although suggestions do not use groups.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessProxy {
    /// Name of the group of mentees.
    pub group: GroupName,
    /// Factor that correlates with the group.
    pub factor: SuggestionFactor,
    /// Pearson correlation of the value of the factor with membership in the group, with one decimal. 0: no relation. 1
    /// or −1: the value shows exactly who is in the group. Above 0: the group has higher values than the others. Below
    /// 0: lower values.
    #[schema(minimum = -1, maximum = 1, examples(-0.4))]
    pub correlation: f64,
}

/// Figures of an attribute.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessOfAttribute {
    /// Name of the attribute.
    pub attribute: GroupName,
    /// Comparison of the groups per stage.
    #[schema(max_items = 3)]
    pub findings: Vec<FairnessFinding>,
    /// Factors whose values are clearly higher or lower in one group: the correlation is 0.3 or more, or −0.3 or less.
    /// Such a factor may stand in for the group. Empty: there is no such factor.
    #[schema(max_items = 300)]
    pub proxies: Vec<FairnessProxy>,
    /// What `proxies` mean.
    #[schema(max_length = 500)]
    pub proxies_mean: &'static str,
}

/// How evenly suggestions are spread over mentors.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessExposure {
    /// Gini coefficient of the exposure of mentors: 0 when all have the same, near 1 when one mentor has all. `null`:
    /// no suggestions, or fewer than 20 mentors.
    #[schema(minimum = 0, maximum = 1, examples(0.42))]
    pub gini: Option<f64>,
    /// Share of mentors who were never suggested, 0 to 1. `null`: fewer than 20 mentors.
    #[schema(minimum = 0, maximum = 1, examples(0.3))]
    pub share_never_shown: Option<f64>,
    /// What the two figures mean.
    #[schema(max_length = 500)]
    pub means: &'static str,
    /// What the two figures do not mean.
    #[schema(max_length = 500)]
    pub does_not_mean: &'static str,
}

values! {
    /// Reason why a mentee has no pair from a request or a published matching round: the first value that applies, in
    /// this order.
    #[derive(Default, PartialOrd, Ord)]
    @may_grow pub enum FairnessUnmatchedReason {
        /// A suggestion, a mentor invitation or a proposed pair is still open.
        Waiting,
        /// A pair was proposed, and the other person declined or did not answer.
        Declined,
        /// The suggestions were dismissed.
        Dismissed,
        /// The suggestions or the plan no longer hold: newer ones replaced them, or the mentor was no longer available.
        WentStale,
        /// The plan of a matching round had no mentor for the mentee.
        NonePlanned,
        /// No mentor could be suggested.
        #[default]
        NoneSuggested,
    }
}

impl FairnessUnmatchedReason {
    /// Every reason.
    pub const ALL: [Self; 6] =
        [Self::Waiting, Self::Declined, Self::Dismissed, Self::WentStale, Self::NonePlanned, Self::NoneSuggested];
}

/// Number of mentees without a pair for one reason.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FairnessUnmatched {
    /// Reason.
    pub reason: FairnessUnmatchedReason,
    /// Number of mentees, rounded to the nearest 5. `null`: fewer than 20, or the number could reveal one below 20.
    #[schema(minimum = 0, examples(35))]
    pub people: Option<usize>,
    /// What the reason means.
    #[schema(max_length = 500)]
    pub means: &'static str,
}

/// The fairness report.
#[derive(Clone, Debug)]
pub struct FairnessReport {
    /// Scope.
    pub slice: Slice,
    /// Figures per attribute.
    pub attributes: Vec<FairnessOfAttribute>,
    /// How evenly mentors are seen.
    pub exposure: FairnessExposure,
    /// Number of mentees without a pair per reason.
    pub unmatched: Vec<FairnessUnmatched>,
}

/// Only admins are related. Coordinators know the people of their program, so the figures could reveal a group to them.
impl Related for FairnessReport {
    fn relations(&self, viewer: &Viewer) -> Relations {
        Organisation.relations(viewer)
    }
}

impl Readable for FairnessReport {
    type Read = ReadFairness;
    const KIND: &'static str = "fairness_reports";

    // The report is made for each request and has no id.
    fn id(&self) -> Uuid {
        Uuid::nil()
    }
}
