//! What skills add to the score of each row of a cell, summed over the postings.

use super::{
    cells::Cell,
    postings::{Posting, Postings},
    skills::{Gain, Want, at_level},
};

/// The mentors who can teach one wanted skill, by the skill itself or a related one, and what each level adds.
pub(super) struct Teachers<'a>(Vec<(Posting<'a>, &'a Gain)>);

impl<'a> Teachers<'a> {
    pub fn new(want: &'a Want, postings: &'a Postings) -> Self {
        let related = want.related.iter().map(|&skill| (postings.of(skill), &want.half));
        let all = std::iter::once((postings.of(want.skill), &want.own)).chain(related);
        Self(all.filter(|(posting, _)| !posting.is_empty()).collect())
    }
}

/// Σ weight × share covered, for the rows of one cell at a time.
#[derive(Default)]
pub(super) struct Gains<'a> {
    first: u32,
    sums: Vec<Sum>,
    /// Rows that gain anything.
    rows: Vec<u32>,
    /// Numbers the needs of all cells, so that nothing has to be cleared between two needs.
    need: u32,
    /// The postings inside the cell, each with the need it belongs to.
    inside: Vec<(Posting<'a>, &'a Gain, u32)>,
}

#[derive(Clone, Copy, Default)]
struct Sum {
    all: u32,
    /// The gain for the current need. If several skills cover one need, the best one counts.
    now: u32,
    /// The need of `now`.
    need: u32,
}

impl<'a> Gains<'a> {
    /// Selects a cell. The answer is the largest possible gain in it.
    pub fn enter(&mut self, cell: &Cell, wants: &[Teachers<'a>]) -> u32 {
        self.leave();
        self.first = cell.rows.start;
        self.sums.resize(cell.rows.len().max(self.sums.len()), Sum::default());
        let mut most = 0;
        for Teachers(want) in wants {
            self.need += 1;
            let before = self.inside.len();
            let within = want.iter().map(|(posting, gain)| (posting.within(&cell.rows), *gain, self.need));
            self.inside.extend(within.filter(|(posting, ..)| !posting.is_empty()));
            most += self.inside[before..].iter().map(|(_, gain, _)| at_level(gain, u8::MAX)).max().unwrap_or(0);
        }
        most
    }

    /// Computes the gains of the selected cell.
    pub fn gather(&mut self) {
        for (posting, gain, need) in self.inside.drain(..) {
            for (row, level) in posting.iter() {
                let (sum, gained) = (&mut self.sums[(row - self.first) as usize], at_level(gain, level));
                if sum.need != need {
                    (sum.need, sum.now) = (need, 0);
                }
                if gained > sum.now {
                    if sum.all == 0 {
                        self.rows.push(row);
                    }
                    sum.all += gained - sum.now;
                    sum.now = gained;
                }
            }
        }
    }

    /// The gain of one row of the cell.
    pub fn of(&self, row: u32) -> u32 {
        self.sums[(row - self.first) as usize].all
    }

    /// The rows of the cell with a gain, each once.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    fn leave(&mut self) {
        self.inside.clear();
        for row in self.rows.drain(..) {
            self.sums[(row - self.first) as usize].all = 0;
        }
    }
}
