//! What an organisation knows about its pairs: only the results of pairs that the first weights suggested, and only if
//! they were reported.

use mentorship::matching::engine::learn::{Case, Dated, Ending, Midpoint, Reaction};
use mentorship::matching::engine::{Features, Weights};
use uuid::Uuid;

use crate::{
    chance::{Chance, chance_of},
    truth::Truth,
    world::{World, best_by_weights},
};

/// Number of candidates with a free place, and number of suggestions.
const FREE: usize = 20;
const SHOWN: usize = 5;
/// Standard deviation of luck in the log-odds, for all pairs of a mentor and for one pair.
const MENTOR_LUCK: f64 = 0.4;
const PAIR_LUCK: f64 = 0.6;
/// Largest age of an outcome.
const OLDEST_DAYS: usize = 365;

/// The features of pairs that the first weights make.
pub fn usual(world: &World) -> Vec<&Features> {
    let first = Weights::default();
    let shown = world.past().flat_map(|list| best_by_weights(&list[..FREE], &first, SHOWN));
    shown.map(|one| &one.features).collect()
}

/// Cases until this number of outcomes is known.
pub fn history(world: &World, truth: &Truth, outcomes: usize, chance: &mut Chance) -> Vec<Case> {
    let mentor_luck: Vec<f64> = (0..world.mentors()).map(|_| MENTOR_LUCK * chance.normal()).collect();
    let (first, mut cases, mut known) = (Weights::default(), Vec::new(), 0);
    while known < outcomes {
        let candidates = world.past_candidates(chance);
        let from = chance.below(candidates.len() - FREE + 1);
        let shown = best_by_weights(&candidates[from..from + FREE], &first, SHOWN);
        // The mentee notices some of the luck that no feature contains, and chooses by it and at random.
        let luck: Vec<f64> = shown.iter().map(|_| PAIR_LUCK * chance.normal()).collect();
        let liking: Vec<f64> = luck.iter().map(|luck| luck + chance.gumbel()).collect();
        let chosen = (0..shown.len()).max_by(|&a, &b| liking[a].total_cmp(&liking[b]));
        for (i, candidate) in shown.iter().enumerate() {
            let log_odds = truth.log_odds(&candidate.features) + mentor_luck[candidate.mentor] + luck[i];
            let goes_well = chance.happens(chance_of(log_odds));
            let case = case_of(candidate.features, goes_well, Some(i) == chosen, chance);
            known += usize::from(is_outcome(&case));
            cases.push(case);
        }
    }
    cases
}

/// The case of one suggestion. One in seven pairs has not ended and only has ratings. A quarter of the others ends for
/// unrelated reasons, bad pairs more often. One in five bad suggestions that were not accepted is dismissed.
fn case_of(features: Features, goes_well: bool, is_chosen: bool, chance: &mut Chance) -> Case {
    let days_ago = u32::try_from(chance.below(OLDEST_DAYS)).unwrap_or(0);
    let id = Uuid::from_u64_pair(chance.next(), chance.next());
    let mut case = Case { id, features, ending: None, midpoint: None, reaction: None };
    if !is_chosen {
        let dismissed = !goes_well && chance.happens(0.2);
        case.reaction = dismissed.then_some(Dated { what: Reaction::NotRelevant, days_ago });
        return case;
    }
    case.reaction = Some(Dated { what: Reaction::Accepted, days_ago });
    if chance.happens(0.15) {
        let what = Midpoint { mentee: rating(goes_well, chance), mentor: rating(goes_well, chance) };
        case.midpoint = Some(Dated { what, days_ago });
    } else {
        case.ending = Some(Dated { what: ending(goes_well, chance), days_ago });
    }
    case
}

fn is_outcome(case: &Case) -> bool {
    case.midpoint.is_some() || case.ending.is_some_and(|ending| ending.what != Ending::Censored)
}

fn ending(goes_well: bool, chance: &mut Chance) -> Ending {
    match goes_well {
        _ if chance.happens(if goes_well { 0.2 } else { 0.3 }) => Ending::Censored,
        true => Ending::GoalsMet,
        false if chance.happens(0.4) => Ending::MenteeDisengaged,
        false if chance.happens(0.5) => Ending::PoorChemistry,
        false => Ending::Mismatch,
    }
}

/// About 4 in a pair that goes well, between 2 and 3 in one that does not.
fn rating(goes_well: bool, chance: &mut Chance) -> u8 {
    let felt = if goes_well { 4.0 } else { 2.6 } + chance.normal();
    1 + u8::try_from((1..5).filter(|&answer| felt > f64::from(answer) + 0.5).count()).unwrap_or(0)
}
