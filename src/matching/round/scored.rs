//! The scores of all combinations in a program, as the engine plans them, and the drafts of the plan.

use std::collections::{HashMap, HashSet};
use std::time::Instant;

use super::model::{MatchingRound, MatchingRoundObjective};
use crate::db::Ids;
use crate::ids::{MatchingDraftId, PersonId};
use crate::matching::engine::round::{Effort, Instance, InstanceError, Objective, Plan, Rankings, Unmatched, plan};
use crate::matching::round::draft::model::UnmatchedReason;
use crate::matching::round::draft::store::NewDraft;
use crate::matching::weighting::model::ProgramWeights;

/// The scores of a program.
pub(super) struct Scored {
    /// One row per mentee, one column per mentor.
    pub scores: Vec<u16>,
    /// Mentees, by row.
    pub mentees: Vec<PersonId>,
    /// Mentees who take no pair now; they have no row.
    unready: Vec<PersonId>,
    /// Mentors, by column.
    pub mentors: Vec<PersonId>,
    /// Free places of the mentors, by column.
    pub places: Vec<u8>,
    /// Locked pairs, by row and column.
    pub locks: Vec<(u32, u32)>,
    /// Wishes.
    pub wishes: Wishes,
    /// Lowest score that a planned pair may have.
    pub least: u16,
    model_version: String,
}

/// Objective of a plan.
#[derive(Clone, Copy, Debug)]
pub(super) struct Aim {
    /// Objective.
    pub objective: MatchingRoundObjective,
    /// Penalty of `balance`; 0 for other objectives.
    pub penalty: u16,
    /// Seed that decides between equally good plans.
    pub seed: u64,
}

impl From<&MatchingRound> for Aim {
    fn from(asked: &MatchingRound) -> Self {
        let penalty = asked.penalty.and_then(|points| u16::try_from(points).ok()).unwrap_or(0);
        Self { objective: asked.objective, penalty, seed: asked.seed.unsigned_abs() }
    }
}

/// Wishes of both sides, most wanted first. A person on both sides has two lists.
#[derive(Debug, Default)]
pub(super) struct Wishes {
    /// Wishes of mentees.
    pub of_mentees: HashMap<PersonId, Vec<PersonId>>,
    /// Wishes of mentors.
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

    /// Adds locked pairs. A lock is dropped if one of the two no longer takes part, or the mentor has no free place for
    /// it.
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

    /// The mentees whose locked draft stays.
    pub fn kept(&self) -> Ids {
        self.locks.iter().map(|(mentee, _)| self.mentees[*mentee as usize]).collect()
    }

    /// Number of mentees without a mentor, including those who take no pair now.
    pub fn mentees(&self) -> i64 {
        i64::try_from(self.mentees.len() + self.unready.len()).unwrap_or(i64::MAX)
    }

    /// Number of free places of all mentors.
    pub fn places(&self) -> i64 {
        self.places.iter().map(|places| i64::from(*places)).sum()
    }

    /// Version of the model that made the scores.
    pub fn model_version(&self) -> &str {
        &self.model_version
    }

    /// Index of a pair in `scores`.
    pub const fn score_index(&self, (row, column): (u32, u32)) -> usize {
        row as usize * self.mentors.len() + column as usize
    }

    /// Makes one plan. Two people may be planned in both directions.
    pub fn plan_once(&self, aim: Aim, until: Instant) -> Result<Plan, InstanceError> {
        // The random half of an id identifies a person in every order.
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
            MatchingRoundObjective::Total => Objective::Total,
            MatchingRoundObjective::CoverageFirst => Objective::CoverageFirst,
            MatchingRoundObjective::Nash => Objective::Nash,
            MatchingRoundObjective::Balance => Objective::Balance(aim.penalty),
            MatchingRoundObjective::Stable => Objective::Stable(Rankings { mentees: &wishes.0, mentors: &wishes.1 }),
        };
        let time = until.saturating_duration_since(Instant::now());
        plan(&instance, objective, &Effort { time, ..Effort::default() }, aim.seed)
    }

    /// Wishes of both sides, as rows and columns. People who do not take part are skipped.
    fn ranked(&self, objective: MatchingRoundObjective) -> (Vec<Vec<u32>>, Vec<Vec<u32>>) {
        if objective != MatchingRoundObjective::Stable {
            return Default::default();
        }
        let (rows, columns) = (numbered(&self.mentees), numbered(&self.mentors));
        let of = |own: &[PersonId], wishes: &HashMap<_, Vec<PersonId>>, others: &HashMap<PersonId, u32>| {
            let known = |wishes: &Vec<PersonId>| wishes.iter().filter_map(|other| others.get(other).copied()).collect();
            own.iter().map(|person| wishes.get(person).map(known).unwrap_or_default()).collect()
        };
        (of(&self.mentees, &self.wishes.of_mentees, &columns), of(&self.mentors, &self.wishes.of_mentors, &rows))
    }

    /// The drafts of the plan, without those of locked pairs.
    pub fn drafts(&self, plan: &Plan) -> Vec<NewDraft> {
        let why: HashMap<u32, Unmatched> = plan.unmatched.iter().copied().collect();
        let kept: HashSet<u32> = self.locks.iter().map(|(mentee, _)| *mentee).collect();
        let planned = (0..).zip(&self.mentees).zip(&plan.mentors).filter(|((row, _), _)| !kept.contains(row));
        let planned = planned.map(|((row, mentee), mentor)| NewDraft {
            id: MatchingDraftId::first(),
            mentee_id: *mentee,
            mentor_id: mentor.map(|column| self.mentors[column as usize]),
            score: mentor.map(|column| i64::from(self.scores[self.score_index((row, column))])),
            reason: mentor.is_none().then(|| match why.get(&row) {
                Some(Unmatched::NoFreePlace) => UnmatchedReason::NoFreePlace,
                // One reason for both: a distinction would reveal a block.
                Some(Unmatched::NoMentorAllowed | Unmatched::ScoresTooLow) | None => UnmatchedReason::NoSuitableMentor,
            }),
        });
        let unready = self.unready.iter().map(|mentee| NewDraft {
            id: MatchingDraftId::first(),
            mentee_id: *mentee,
            mentor_id: None,
            score: None,
            reason: Some(UnmatchedReason::TakesNoPair),
        });
        planned.chain(unready).collect()
    }
}

/// Index of each person.
pub(super) fn numbered(people: &[PersonId]) -> HashMap<PersonId, u32> {
    people.iter().copied().zip(0..).collect()
}
