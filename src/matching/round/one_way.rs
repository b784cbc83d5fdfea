//! Keeps two people who are both mentor and mentee from being planned in both directions. They can form only one pair,
//! so one direction is closed and the plan is made again until no two people are planned both ways.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use super::model::MatchingRoundObjective;
use super::scored::{Aim, Scored, numbered};
use crate::ids::PersonId;
use crate::matching::engine::WHOLE;
use crate::matching::engine::round::{InstanceError, Plan, Unmatched};

/// Time limit for making a known plan again.
const KNOWN: Duration = Duration::from_secs(5);
/// Rank of a person who is not in the wishes.
const UNWISHED: i64 = 1_000;

/// Row of a mentee and column of a mentor.
type Way = (u32, u32);

impl Scored {
    /// Makes the plan. It may take as long as the time limit: run it on a blocking thread.
    ///
    /// The bound of the first plan holds for all later plans, because closing a direction never raises a value.
    pub fn plan(&mut self, aim: Aim, time: Duration) -> Result<Plan, InstanceError> {
        let started = Instant::now();
        let until = started + time;
        let first = self.plan_once(aim, until)?;
        let once = started.elapsed() * 2;
        let has_time = || Instant::now() + once < until;
        let (mut found, mut closed) = (first.clone(), HashMap::new());
        loop {
            let worse = self.worse_ways(&found, aim.objective, &closed);
            if worse.is_empty() {
                break;
            }
            if !has_time() {
                found = self.plan_without(&found, &worse, aim)?;
                break;
            }
            for way in worse {
                let place = self.score_index(way);
                closed.insert(way, std::mem::take(&mut self.scores[place]));
            }
            found = self.plan_once(aim, until)?;
        }
        if !closed.is_empty() {
            found = self.reopen(closed, found, aim, has_time().then_some(until))?;
        }
        Ok(with_first_reasons(found, first))
    }

    /// For each two people planned both ways, the direction that costs less to close. If both cost the same, that of
    /// the mentee with fewer closed directions. Locked pairs stay.
    fn worse_ways(&self, plan: &Plan, objective: MatchingRoundObjective, closed: &HashMap<Way, u16>) -> Vec<Way> {
        let (rows, columns) = (numbered(&self.mentees), numbered(&self.mentors));
        let locked: HashSet<Way> = self.locks.iter().copied().collect();
        let mut worse = Vec::new();
        for way in plan.pairs() {
            let (mentee, mentor) = self.people(way);
            let Some(back) = rows.get(&mentor).copied().zip(columns.get(&mentee).copied()) else { continue };
            if plan.mentors[back.0 as usize] != Some(back.1) || locked.contains(&way) {
                continue;
            }
            let cost = |way: Way| {
                let closed = closed.keys().filter(|(row, _)| *row == way.0).count();
                (self.loss(way, objective), closed, self.people(way).0)
            };
            if locked.contains(&back) || cost(way) < cost(back) {
                worse.push(way);
            }
        }
        worse
    }

    /// What the plan loses when this direction is closed. For `stable`: how much the two prefer each other. Otherwise:
    /// the lead over the next best mentor, or more than any score if there is no other mentor.
    fn loss(&self, way: Way, objective: MatchingRoundObjective) -> i64 {
        if objective == MatchingRoundObjective::Stable {
            let (mentee, mentor) = self.people(way);
            let rank = |wishes: &HashMap<_, Vec<PersonId>>, own: PersonId, other: PersonId| {
                let place = wishes.get(&own).and_then(|wishes| wishes.iter().position(|one| *one == other));
                place.and_then(|place| i64::try_from(place).ok()).unwrap_or(UNWISHED)
            };
            return -(rank(&self.wishes.of_mentees, mentee, mentor) + rank(&self.wishes.of_mentors, mentor, mentee));
        }
        let row = &self.scores[self.score_index((way.0, 0))..][..self.mentors.len()];
        let others = (0..).zip(row).zip(&self.places).filter(|((column, _), places)| *column != way.1 && **places > 0);
        let next = others.map(|((_, score), _)| *score).filter(|score| *score >= self.least).max();
        let score = i64::from(row[way.1 as usize]);
        next.map_or(score + i64::from(WHOLE), |next| score - i64::from(next))
    }

    /// The same plan without these pairs, for when there is no time for a new plan.
    fn plan_without(&mut self, plan: &Plan, left_out: &[Way], aim: Aim) -> Result<Plan, InstanceError> {
        let mut scores = vec![0; self.scores.len()];
        for way in plan.pairs().filter(|way| !left_out.contains(way)) {
            scores[self.score_index(way)] = self.scores[self.score_index(way)];
        }
        let all = std::mem::replace(&mut self.scores, scores);
        let plan = self.plan_once(aim, Instant::now() + KNOWN);
        self.scores = all;
        plan
    }

    /// Opens all closed directions. If time is left, directions whose opposite is not in the plan are tried once more.
    fn reopen(
        &mut self,
        closed: HashMap<Way, u16>,
        found: Plan,
        aim: Aim,
        until: Option<Instant>,
    ) -> Result<Plan, InstanceError> {
        let taken: HashSet<_> = found.pairs().map(|way| self.people(way)).collect();
        let mut next = None;
        if let Some(until) = until {
            for (way, score) in &closed {
                let (mentee, mentor) = self.people(*way);
                if !taken.contains(&(mentor, mentee)) {
                    let place = self.score_index(*way);
                    self.scores[place] = *score;
                }
            }
            let plan = self.plan_once(aim, until)?;
            let is_better = plan.value > found.value && self.worse_ways(&plan, aim.objective, &closed).is_empty();
            next = is_better.then_some(plan);
        }
        for (way, score) in closed {
            let place = self.score_index(way);
            self.scores[place] = score;
        }
        Ok(next.unwrap_or(found))
    }

    fn people(&self, (row, column): Way) -> (PersonId, PersonId) {
        (self.mentees[row as usize], self.mentors[column as usize])
    }
}

/// The plan with the bound of the first plan, and with reasons as if no direction were closed: a mentee with a mentor
/// in the first plan has a suitable mentor.
fn with_first_reasons(found: Plan, first: Plan) -> Plan {
    let why: HashMap<u32, Unmatched> = first.unmatched.into_iter().collect();
    let unmatched = found.unmatched.iter().map(|(row, _)| *row);
    let unmatched = unmatched.map(|row| (row, why.get(&row).copied().unwrap_or(Unmatched::NoFreePlace)));
    Plan { unmatched: unmatched.collect(), bound: first.bound, ..found }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;
    use crate::matching::round::scored::Wishes;
    use crate::matching::weighting::basis::{Basis, ModelVersion};
    use crate::matching::weighting::model::ProgramWeights;

    const TOTAL: Aim = Aim { objective: MatchingRoundObjective::Total, penalty: 0, seed: 0 };

    /// The same people on both sides, one place each.
    fn peers(scores: Vec<u16>, count: usize) -> Scored {
        let people: Vec<PersonId> = (1..=count).map(|n| Uuid::from_u128(n as u128).into()).collect();
        let weights = ProgramWeights::none(Basis { version: ModelVersion::FIRST, weights: None, curve: None });
        Scored::new(scores, (people.clone(), Vec::new()), (people, vec![1; count]), Wishes::default(), &weights)
    }

    fn planned(scored: &mut Scored, aim: Aim) -> Plan {
        scored.plan(aim, Duration::from_secs(5)).expect("a plan")
    }

    /// The first can only have the second, and the second could also have the third. So the second takes the third.
    #[test]
    fn the_mentee_with_another_choice_takes_it() {
        let worth = vec![0, 7_000, 0, 7_100, 0, 6_900, 0, 0, 0];
        for objective in
            [MatchingRoundObjective::Total, MatchingRoundObjective::CoverageFirst, MatchingRoundObjective::Nash]
        {
            let mut three = peers(worth.clone(), 3);
            let plan = planned(&mut three, Aim { objective, ..TOTAL });
            assert_eq!(plan.mentors, [Some(1), Some(2), None], "{objective:?}");
            assert_eq!(plan.unmatched, [(2, Unmatched::NoMentorAllowed)]);
            assert_eq!(three.scores, worth, "nothing stays closed");
        }
    }

    /// For `stable`, the wishes decide, not the score.
    #[test]
    fn wishes_come_before_scores() {
        let mut scored = peers(vec![0, 7_000, 7_100, 0], 2);
        let [one, other] = [scored.mentees[0], scored.mentees[1]];
        scored.wishes = Wishes { of_mentees: [(one, vec![other])].into(), of_mentors: [(other, vec![one])].into() };
        let plan = planned(&mut scored, Aim { objective: MatchingRoundObjective::Stable, ..TOTAL });
        assert_eq!(plan.mentors, [Some(1), None]);
    }

    #[test]
    fn without_time_the_worse_way_is_left_out() {
        let mut scored = peers(vec![0, 7_000, 7_100, 0], 2);
        let plan = scored.plan(TOTAL, Duration::ZERO).expect("a plan");
        assert_eq!((plan.mentors, plan.value), (vec![None, Some(0)], 7_100));
        assert_eq!(plan.unmatched, [(0, Unmatched::NoFreePlace)]);
    }

    proptest! {
        /// For all scores: no two people are planned both ways, no place is used twice, and the bound holds.
        #[test]
        fn no_two_people_are_planned_both_ways(count in 2_usize..8, draws in prop::collection::vec(0_u16..=10_000, 64)) {
            let score = |i: usize| if i / count == i % count { 0 } else { draws[i] };
            let plan = planned(&mut peers((0..count * count).map(score).collect(), count), TOTAL);
            let pairs: Vec<_> = plan.pairs().collect();
            prop_assert!(pairs.iter().all(|(one, other)| !pairs.contains(&(*other, *one))));
            let mentors: HashSet<_> = pairs.iter().map(|(_, mentor)| *mentor).collect();
            prop_assert_eq!(mentors.len(), pairs.len());
            prop_assert!(plan.gap().is_some_and(|gap| gap >= 0));
            prop_assert_eq!(plan.unmatched.len() + pairs.len(), count);
        }
    }
}
