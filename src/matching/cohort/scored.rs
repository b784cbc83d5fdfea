//! Everybody of a program scored with everybody: what the engine plans, and the plan told with the names of those in it.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::model::{Cohort, CohortObjective};
use crate::db::Ids;
use crate::ids::{CohortDraftId, PersonId};
use crate::matching::cohort::draft::model::UnmatchedReason;
use crate::matching::cohort::draft::store::NewDraft;
use crate::matching::engine::cohort::{Effort, Instance, Misfit, Objective, Plan, Rankings, Unmatched, plan};
use crate::matching::weighting::model::ProgramWeights;

/// The scores of a program.
pub(super) struct Scored {
    /// A row a mentee, a column a mentor.
    pub scores: Vec<u16>,
    /// By row.
    pub mentees: Vec<PersonId>,
    /// Mentees who take no pair now.
    unready: Vec<PersonId>,
    /// By column.
    pub mentors: Vec<PersonId>,
    /// By column.
    pub places: Vec<u8>,
    /// Pairs that are given, by row and column.
    pub locks: Vec<(u32, u32)>,
    /// Whom they wish for.
    pub wishes: Wishes,
    /// Nobody is given a mentor with a lower score.
    pub least: u16,
    model_version: String,
}

/// What a plan is to be best at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    /// Of these.
    pub objective: CohortObjective,
    /// Of `balance`, 0 otherwise.
    pub penalty: u16,
    /// Decides between equals.
    pub seed: u64,
}

impl From<&Cohort> for Aim {
    fn from(asked: &Cohort) -> Self {
        let penalty = asked.penalty.and_then(|points| u16::try_from(points).ok()).unwrap_or(0);
        Self { objective: asked.objective, penalty, seed: asked.seed.unsigned_abs() }
    }
}

/// Whom each side would like, the most wanted first. Whoever is on both sides has two lists.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// Of mentees.
    pub of_mentees: HashMap<PersonId, Vec<PersonId>>,
    /// Of mentors.
    pub of_mentors: HashMap<PersonId, Vec<PersonId>>,
}

impl Scored {
    /// These scores, without locks.
    pub fn new(
        scores: Vec<u16>,
        (mentees, unready): (Vec<PersonId>, Vec<PersonId>),
        (mentors, places): (Vec<PersonId>, Vec<u8>),
        wishes: Wishes,
        weights: &ProgramWeights,
    ) -> Self {
        let (least, model_version) = (weights.curve().least(), weights.model_version());
        Self { scores, mentees, unready, mentors, places, locks: Vec::new(), wishes, least, model_version }
    }

    /// The same with pairs that are given. A lock falls where one of the two takes no part any more, or the mentor's
    /// places have become fewer.
    pub fn with_locks(mut self, locks: &[(PersonId, PersonId)]) -> Self {
        let (rows, columns) = (numbered(&self.mentees), numbered(&self.mentors));
        let mut left = self.places.clone();
        for (mentee, mentor) in locks {
            let (Some(&row), Some(&column)) = (rows.get(mentee), columns.get(mentor)) else { continue };
            let left = &mut left[column as usize];
            if *left > 0 {
                *left -= 1;
                self.locks.push((row, column));
            }
        }
        self
    }

    /// The mentees who keep what a lead gave them.
    pub fn kept(&self) -> Ids {
        self.locks.iter().map(|(mentee, _)| self.mentees[*mentee as usize]).collect()
    }

    /// How many were to be matched.
    pub fn mentees(&self) -> i64 {
        i64::try_from(self.mentees.len() + self.unready.len()).unwrap_or(i64::MAX)
    }

    /// All places there are.
    pub fn places(&self) -> i64 {
        self.places.iter().map(|places| i64::from(*places)).sum()
    }

    /// What made the scores.
    pub fn model_version(&self) -> &str {
        &self.model_version
    }

    /// The place of a pair among the scores.
    pub const fn place(&self, (row, column): (u32, u32)) -> usize {
        row as usize * self.mentors.len() + column as usize
    }

    /// Makes one plan, whoever is in it both ways.
    pub fn plan_once(&self, aim: Aim, until: Instant) -> Result<Plan, Misfit> {
        // The random half of an id stays with a person, whatever the order.
        let key = |person: &PersonId| person.uuid().as_u64_pair().1;
        let mentees: Vec<u64> = self.mentees.iter().map(key).collect();
        let mentors: Vec<u64> = self.mentors.iter().map(key).collect();
        let instance = Instance {
            mentees: &mentees,
            mentors: &mentors,
            places: &self.places,
            scores: &self.scores,
            least: self.least,
            locks: &self.locks,
        };
        let wishes = self.ranked(aim.objective);
        let objective = match aim.objective {
            CohortObjective::Total => Objective::Total,
            CohortObjective::CoverageFirst => Objective::CoverageFirst,
            CohortObjective::Nash => Objective::Nash,
            CohortObjective::Balance => Objective::Balance(aim.penalty),
            CohortObjective::Stable => Objective::Stable(Rankings { mentees: &wishes.0, mentors: &wishes.1 }),
        };
        let time = until.saturating_duration_since(Instant::now());
        plan(&instance, objective, &Effort { time, ..Effort::default() }, aim.seed)
    }

    /// What each side wishes, by their places in the plan. Who takes no part is passed over.
    fn ranked(&self, objective: CohortObjective) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
        if objective != CohortObjective::Stable {
            return Default::default();
        }
        let (rows, columns) = (numbered(&self.mentees), numbered(&self.mentors));
        let of = |own: &[PersonId], wishes: &HashMap<_, Vec<PersonId>>, others: &HashMap<PersonId, u32>| {
            let known = |wishes: &Vec<PersonId>| wishes.iter().filter_map(|other| others.get(other).copied()).collect();
            own.iter().map(|person| wishes.get(person).map(known).unwrap_or_default()).collect()
        };
        (of(&self.mentees, &self.wishes.of_mentees, &columns), of(&self.mentors, &self.wishes.of_mentors, &rows))
    }

    /// What the plan has for each mentee but those who keep what they have.
    pub fn drafts(&self, plan: &Plan) -> Vec<NewDraft> {
        let why: HashMap<u32, Unmatched> = plan.unmatched.iter().copied().collect();
        let kept: HashSet<u32> = self.locks.iter().map(|(mentee, _)| *mentee).collect();
        let planned = (0..).zip(&self.mentees).zip(&plan.mentors).filter(|((row, _), _)| !kept.contains(row));
        let planned = planned.map(|((row, mentee), mentor)| NewDraft {
            id: CohortDraftId::first(),
            mentee_id: *mentee,
            mentor_id: mentor.map(|column| self.mentors[column as usize]),
            score: mentor.map(|column| i64::from(self.scores[self.place((row, column))])),
            reason: mentor.is_none().then(|| match why.get(&row) {
                Some(Unmatched::PlacesTaken) => UnmatchedReason::PlacesTaken,
                // Whether nobody may or nobody does well enough would tell who is kept apart by a block.
                Some(Unmatched::NobodyAllowed | Unmatched::ScoresTooLow) | None => UnmatchedReason::NobodySuitable,
            }),
        });
        let unready = self.unready.iter().map(|mentee| NewDraft {
            id: CohortDraftId::first(),
            mentee_id: *mentee,
            mentor_id: None,
            score: None,
            reason: Some(UnmatchedReason::TakesNoPair),
        });
        planned.chain(unready).collect()
    }
}

/// The place of each.
pub(super) fn numbered(people: &[PersonId]) -> HashMap<PersonId, u32> {
    people.iter().copied().zip(0..).collect()
}
