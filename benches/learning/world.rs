//! Mentees and their possible mentors, from a synthetic organisation.

use mentorship::matching::engine::org::Organisation;
use mentorship::matching::engine::{Features, MentoringModel, Profile, Rules, Score, Weights, exclusion};

use crate::chance::Chance;

/// Number of candidates for one mentee.
const CANDIDATES: usize = 100;

/// A mentor that a mentee may have.
pub struct Candidate {
    pub mentor: usize,
    pub features: Features,
}

/// The candidates of each mentee. The first half of the mentees makes the history, the other half gets mentors.
pub struct World {
    mentors: usize,
    past: Vec<Vec<Candidate>>,
    future: Vec<Vec<Candidate>>,
}

impl World {
    pub fn new(people: usize, seed: u64) -> Self {
        let organisation = Organisation::new(people, seed);
        let (rules, mut chance) = (Rules::of(MentoringModel::OneOnOne), Chance::new(seed));
        let mentors: Vec<&Profile> = organisation.mentors().collect();
        let candidates_of = |mentee: &Profile| -> Vec<Candidate> {
            let start = chance.below(mentors.len());
            (start..mentors.len())
                .chain(0..start)
                .filter(|&mentor| exclusion(mentee, mentors[mentor], &rules).is_none())
                .take(CANDIDATES)
                .map(|mentor| {
                    let features = Features::of(mentee, mentors[mentor], &rules, &organisation.graph);
                    Candidate { mentor, features }
                })
                .collect()
        };
        let wanting = organisation.people.iter().filter(|profile| profile.person.wants_mentor);
        let mut past: Vec<_> = wanting.map(candidates_of).filter(|list| list.len() == CANDIDATES).collect();
        let future = past.split_off(past.len() / 2);
        Self { mentors: mentors.len(), past, future }
    }

    pub const fn mentors(&self) -> usize {
        self.mentors
    }

    /// The candidates of a random mentee of the past.
    pub fn past_candidates(&self, chance: &mut Chance) -> &[Candidate] {
        &self.past[chance.below(self.past.len())]
    }

    pub fn past(&self) -> impl Iterator<Item = &[Candidate]> {
        self.past.iter().map(Vec::as_slice)
    }

    pub fn future(&self) -> impl Iterator<Item = &[Candidate]> {
        self.future.iter().map(Vec::as_slice)
    }
}

/// The best candidates by `worth`, best first.
pub fn best<T: Ord>(candidates: &[Candidate], count: usize, worth: impl Fn(&Candidate) -> T) -> Vec<&Candidate> {
    let mut sorted: Vec<_> = candidates.iter().collect();
    sorted.sort_by_cached_key(|one| std::cmp::Reverse(worth(one)));
    sorted.truncate(count);
    sorted
}

pub fn best_by_weights<'a>(candidates: &'a [Candidate], weights: &Weights, count: usize) -> Vec<&'a Candidate> {
    best(candidates, count, |one| Score::of(one.features, weights).total())
}
