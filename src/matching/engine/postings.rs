//! For each skill, the rows of the mentors who can teach it, in row order.

use std::ops::Range;

use super::{
    keys::Skill,
    profile::{Offered, Profile},
};

/// An inverted index from skills to rows.
#[derive(Debug, Clone, Default)]
pub(super) struct Postings {
    /// Start of the list of each skill, and the end of the last list.
    starts: Vec<u32>,
    rows: Vec<u32>,
    levels: Vec<u8>,
}

impl Postings {
    /// The postings of profiles in row order. They are counted first, then each is put in its position.
    pub fn new(profiles: &[Profile]) -> Self {
        let skills = || profiles.iter().flat_map(|profile| &profile.skills);
        let len = skills().map(|offered| offered.skill.0 as usize + 1).max().unwrap_or(0);
        let mut starts = vec![0_u32; len + 1];
        skills().for_each(|offered| starts[offered.skill.0 as usize + 1] += 1);
        (1..starts.len()).for_each(|i| starts[i] += starts[i - 1]);

        let mut next = starts.clone();
        let all = starts[len] as usize;
        let (mut rows, mut levels) = (vec![0; all], vec![0; all]);
        for (row, profile) in (0..).zip(profiles) {
            for offered in &profile.skills {
                let place = &mut next[offered.skill.0 as usize];
                (rows[*place as usize], levels[*place as usize]) = (row, offered.level);
                *place += 1;
            }
        }
        Self { starts, rows, levels }
    }

    /// All rows that can teach a skill.
    pub fn of(&self, skill: Skill) -> Posting<'_> {
        let skill = skill.0 as usize;
        let range = match (self.starts.get(skill), self.starts.get(skill + 1)) {
            (Some(&from), Some(&to)) => from as usize..to as usize,
            _ => 0..0,
        };
        Posting { rows: &self.rows[range.clone()], levels: &self.levels[range] }
    }

    /// The skills of each row.
    pub fn by_row(&self, rows: usize) -> Vec<Vec<Offered>> {
        let mut skills = vec![Vec::new(); rows];
        for skill in (0..).map(Skill).take(self.starts.len().saturating_sub(1)) {
            for (row, level) in self.of(skill).iter() {
                skills[row as usize].push(Offered { skill, level });
            }
        }
        skills
    }
}

/// Rows that can teach one skill, in row order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Posting<'a> {
    rows: &'a [u32],
    levels: &'a [u8],
}

impl<'a> Posting<'a> {
    pub fn iter(self) -> impl Iterator<Item = (u32, u8)> + use<'a> {
        self.rows.iter().copied().zip(self.levels.iter().copied())
    }

    pub const fn is_empty(self) -> bool {
        self.rows.is_empty()
    }

    /// The part inside a range of rows.
    pub fn within(self, range: &Range<u32>) -> Self {
        let start = self.rows.partition_point(|&row| row < range.start);
        let rows = &self.rows[start..];
        let len = rows.partition_point(|&row| row < range.end);
        Self { rows: &rows[..len], levels: &self.levels[start..start + len] }
    }

    /// The level of one row. 0: it cannot teach the skill.
    pub fn level(self, row: u32) -> u8 {
        self.within(&(row..row + 1)).levels.iter().copied().max().unwrap_or(0)
    }
}
