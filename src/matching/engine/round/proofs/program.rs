//! Small random programs for tests.

use crate::matching::engine::random::Random;
use crate::matching::engine::round::{Effort, Instance};

/// An instance that owns its data.
#[derive(Clone, Debug)]
pub(super) struct Program {
    pub mentees: Vec<u64>,
    pub mentors: Vec<u64>,
    pub places: Vec<u8>,
    pub scores: Vec<u16>,
    pub least: u16,
    pub locks: Vec<(u32, u32)>,
}

impl Program {
    /// A program with up to this many people: few or many different scores, some mentors without places, some pairs not
    /// allowed, some locked.
    pub fn small(mentees: u32, mentors: u32, random: &mut Random) -> Self {
        let (mentees, mentors) = (random.below(mentees + 1), random.below(mentors + 1));
        let mut program = Self::free(mentees as usize, mentors as usize, random);
        for mentee in 0..mentees {
            if mentors > 0 && random.percent(10) {
                let mentor = random.below(mentors);
                let locked = program.locks.iter().filter(|(_, other)| *other == mentor).count();
                if locked < usize::from(program.places[mentor as usize]) {
                    program.locks.push((mentee, mentor));
                }
            }
        }
        program
    }

    /// A program with this many people and without locks.
    pub fn free(mentees: usize, mentors: usize, random: &mut Random) -> Self {
        let highest = [2, 10, 10_000][random.index(3)];
        let scores =
            (0..mentees * mentors).map(|_| if random.percent(25) { 0 } else { random.below(highest + 1) as u16 });
        let scores = scores.collect();
        let places = (0..mentors).map(|_| random.below(4) as u8).collect();
        Self {
            mentees: (0..mentees).map(|_| random.next()).collect(),
            mentors: (0..mentors).map(|_| random.next()).collect(),
            places,
            scores,
            least: [0, 1, (highest / 3) as u16][random.index(3)],
            locks: Vec::new(),
        }
    }

    /// A program in which all mentees want the same mentors: a mentor's scores differ only a little.
    pub fn contested(mentees: usize, mentors: usize, random: &mut Random) -> Self {
        let quality: Vec<u32> = (0..mentors).map(|_| random.below(6_001)).collect();
        let mut program = Self::free(mentees, mentors, random);
        program.least = 1;
        for (pair, score) in program.scores.iter_mut().enumerate() {
            *score = (2_000 + quality[pair % mentors] + random.below(101)) as u16;
        }
        program
    }

    pub fn instance(&self) -> Instance<'_> {
        let Self { mentees, mentors, places, scores, least, locks } = self;
        Instance { mentees, mentors, places, scores, least: *least, locks }
    }

    /// Whether no mentor has more mentees than places, all locked pairs are kept, and all other pairs are allowed.
    pub fn allows(&self, plan: &[Option<u32>]) -> bool {
        let mut left: Vec<i32> = self.places.iter().map(|places| i32::from(*places)).collect();
        plan.iter().flatten().for_each(|mentor| left[*mentor as usize] -= 1);
        let pairs = || (0..).zip(plan).filter_map(|(mentee, mentor)| mentor.map(|mentor| (mentee, mentor)));
        let may_be = |pair: &(u32, u32)| {
            let score = self.instance().score(pair.0 as usize, pair.1);
            self.locks.contains(pair) || score > 0 && score >= self.least
        };
        let locked = self.locks.iter().filter(|(mentee, mentor)| plan[*mentee as usize] == Some(*mentor));
        plan.len() == self.mentees.len()
            && left.iter().all(|left| *left >= 0)
            && pairs().all(|pair| may_be(&pair))
            && locked.count() == self.locks.len()
    }
}

/// Little effort, so that small programs use every part of the search.
pub(super) fn little(random: &mut Random) -> Effort {
    Effort { choices: 1 + random.index(3), threads: 1 + random.index(3), ..Effort::default() }
}
