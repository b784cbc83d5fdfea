//! Cells: runs of rows with the same level, ladder and time zone, with an upper bound for the scores in the run.

use std::ops::Range;

use super::{
    bonds::Bonds,
    constraints::Tally,
    keys::{Ladder, Role, Topic},
    profile::{Profile, Target},
    scale::Scale,
    table::{MentorRow, Table, topic_bits},
};

/// Longer runs are split, so that the bound of a large site stays useful. Tests use a small value, so that small
/// organisations have many cells too.
const LONGEST: usize = if cfg!(test) { 6 } else { 1_024 };

/// A run of rows.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub rows: Range<u32>,
    pub level: i16,
    ladder: Ladder,
    pub utc_offset_minutes: i16,
    /// Roles held now, and roles held before.
    roles: Vec<Role>,
    past_roles: Vec<Role>,
    /// Smallest and largest known experience.
    experience: Option<(u16, u16)>,
    has_unknown_experience: bool,
    has_style: bool,
    /// Best value of the workload feature. `None`: no mentor in the cell takes a mentee now.
    pub best_workload: Option<u16>,
    /// Why mentors in the cell take no mentee.
    pub unavailable: Tally,
    /// Number of mentors in the cell who take a mentee.
    pub available: u32,
    topics: u32,
}

impl Cell {
    /// The cells of a table, in the order of its rows.
    pub fn all(table: &Table) -> Vec<Self> {
        let key = |row: &MentorRow| (row.person.level, row.person.ladder, row.person.utc_offset_minutes);
        let mut from = 0;
        let runs = table.rows.chunk_by(|a, b| key(a) == key(b)).flat_map(|run| run.chunks(LONGEST));
        runs.map(|rows| {
            let range = from..from + u32::try_from(rows.len()).unwrap_or(u32::MAX);
            from = range.end;
            Self::new(range, rows, table)
        })
        .collect()
    }

    fn new(range: Range<u32>, rows: &[MentorRow], table: &Table) -> Self {
        let first = &rows[0].person;
        let known = || rows.iter().filter_map(|row| row.person.experience_quarters);
        let mut cell = Self {
            level: first.level,
            ladder: first.ladder,
            utc_offset_minutes: first.utc_offset_minutes,
            roles: distinct(rows.iter().map(|row| row.person.role)),
            past_roles: distinct(range.clone().flat_map(|row| table.past_roles.of(row)).copied()),
            experience: known().min().zip(known().max()),
            has_unknown_experience: rows.iter().any(|row| row.person.experience_quarters.is_none()),
            has_style: rows.iter().any(|row| row.person.style.is_some()),
            best_workload: None,
            unavailable: Tally::default(),
            available: 0,
            topics: table.sketches[slice(&range)].iter().fold(0, |bits, sketch| bits | sketch.topics),
            rows: range,
        };
        cell.update_loads(table);
        cell
    }

    /// Computes again which mentors take mentees.
    pub fn update_loads(&mut self, table: &Table) {
        self.best_workload = table.sketches[slice(&self.rows)].iter().filter_map(|sketch| sketch.workload).max();
        (self.unavailable, self.available) = (Tally::default(), 0);
        for row in table.rows[slice(&self.rows)].iter().filter(|row| !row.is_gone) {
            match row.person.unavailable() {
                Some(why) => self.unavailable.add(why),
                None => self.available += 1,
            }
        }
    }

    /// Upper bound of all scores in the cell, without skills. The bound also ignores that people named each other: the
    /// search scores those few mentors separately.
    pub fn bound(&self, mentee: &Profile, scale: &Scale<'_>) -> u16 {
        let person = &mentee.person;
        // The most similar style is the mentee's own.
        scale.of_style(person.style.filter(|_| self.has_style))
            + scale.of_formats(person.formats)
            + scale.of_place(self.level, self.utc_offset_minutes)
            + scale.of_workload(self.best_workload.unwrap_or(0))
            + scale.most_of_team()
            + self.most_of_experience(person.experience_quarters, scale)
            + self.most_of_roles(mentee.target, scale)
            + self.most_of_topics(&mentee.topics, scale)
    }

    /// What roles add for every mentor in the cell. `None`: they differ.
    pub fn all_of_roles(&self, target: Option<Target>, scale: &Scale<'_>) -> Option<u16> {
        let differs = target.is_some_and(|t| self.roles.contains(&t.role) || self.past_roles.contains(&t.role));
        (!differs).then(|| scale.of_roles(self.roles[0], self.ladder, &[]))
    }

    /// What roles add at most.
    pub fn most_of_roles(&self, target: Option<Target>, scale: &Scale<'_>) -> u16 {
        let held = target.map(|target| target.role).filter(|role| self.roles.contains(role));
        scale.of_roles(held.unwrap_or(self.roles[0]), self.ladder, &self.past_roles)
    }

    /// What topics add at most.
    pub fn most_of_topics(&self, topics: &[Topic], scale: &Scale<'_>) -> u16 {
        scale.of_interest(Bonds::NONE.with(Bonds::TOPIC, self.topics & topic_bits(topics) != 0))
    }

    /// The value rises with the mentor's experience, stays level, and falls. So the largest value is in the level part
    /// or next to it.
    fn most_of_experience(&self, own: Option<u16>, scale: &Scale<'_>) -> u16 {
        let best_gap = own.unwrap_or(0).saturating_add(12);
        let of_known = self.experience.map(|(least, most)| scale.of_experience(Some(best_gap.clamp(least, most))));
        let of_unknown = self.has_unknown_experience.then(|| scale.of_experience(None));
        of_known.max(of_unknown).unwrap_or(0)
    }
}

fn distinct(roles: impl Iterator<Item = Role>) -> Vec<Role> {
    let mut roles: Vec<Role> = roles.collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// A range of row numbers as a range of positions in a slice.
pub(super) const fn slice(rows: &Range<u32>) -> Range<usize> {
    rows.start as usize..rows.end as usize
}
