//! Cells: runs of rows that share level, ladder and time zone, with what bounds the score of everybody inside.

use std::ops::Range;

use super::{
    bonds::Bonds,
    constraints::Tally,
    keys::{Ladder, Role, Topic},
    profile::{Profile, Target},
    scale::Scale,
    table::{Row, Table, topic_bits},
};

/// Longer runs are cut, so that one large site does not become one blunt bound; in tests early, so that small
/// organisations have many cells.
const LONGEST: usize = if cfg!(test) { 6 } else { 1_024 };

/// A run of rows.
#[derive(Debug, Clone)]
pub(super) struct Cell {
    pub rows: Range<u32>,
    pub level: i16,
    ladder: Ladder,
    pub utc_offset_minutes: i16,
    /// Roles held now, and before.
    roles: Vec<Role>,
    past_roles: Vec<Role>,
    /// Least and most experience of those who told it.
    experience: Option<(u16, u16)>,
    has_untold_experience: bool,
    has_style: bool,
    /// `None`: nobody inside takes a mentee now.
    pub best_workload: Option<u16>,
    /// Why the others take none, and how many do.
    pub unavailable: Tally,
    pub available: u32,
    topics: u32,
}

impl Cell {
    /// The cells of a table, in the order of its rows.
    pub fn all(table: &Table) -> Vec<Self> {
        let key = |row: &Row| (row.person.level, row.person.ladder, row.person.utc_offset_minutes);
        let mut from = 0;
        let runs = table.rows.chunk_by(|a, b| key(a) == key(b)).flat_map(|run| run.chunks(LONGEST));
        runs.map(|rows| {
            let range = from..from + u32::try_from(rows.len()).unwrap_or(u32::MAX);
            from = range.end;
            Self::new(range, rows, table)
        })
        .collect()
    }

    fn new(range: Range<u32>, rows: &[Row], table: &Table) -> Self {
        let first = &rows[0].person;
        let told = || rows.iter().filter_map(|row| row.person.experience_quarters);
        let mut cell = Self {
            level: first.level,
            ladder: first.ladder,
            utc_offset_minutes: first.utc_offset_minutes,
            roles: distinct(rows.iter().map(|row| row.person.role)),
            past_roles: distinct(range.clone().flat_map(|row| table.past_roles.of(row)).copied()),
            experience: told().min().zip(told().max()),
            has_untold_experience: rows.iter().any(|row| row.person.experience_quarters.is_none()),
            has_style: rows.iter().any(|row| row.person.style.is_some()),
            best_workload: None,
            unavailable: Tally::default(),
            available: 0,
            topics: table.sketches[slice(&range)].iter().fold(0, |bits, sketch| bits | sketch.topics),
            rows: range,
        };
        cell.weigh_loads(table);
        cell
    }

    /// Takes in who takes mentees by now, and how many.
    pub fn weigh_loads(&mut self, table: &Table) {
        self.best_workload = table.sketches[slice(&self.rows)].iter().filter_map(|sketch| sketch.workload).max();
        (self.unavailable, self.available) = (Tally::default(), 0);
        for row in table.rows[slice(&self.rows)].iter().filter(|row| !row.is_gone) {
            match row.person.unavailable() {
                Some(why) => self.unavailable.add(why),
                None => self.available += 1,
            }
        }
    }

    /// No one inside scores more than this, what their skills add left out. Nor does the bound reckon with mentee and
    /// mentor having named each other: the search looks at those few by themselves.
    pub fn bound(&self, mentee: &Profile, scale: &Scale<'_>) -> u16 {
        let person = &mentee.person;
        // Nobody is more like the mentee than the mentee.
        scale.of_style(person.style.filter(|_| self.has_style))
            + scale.of_formats(person.formats)
            + scale.of_place(self.level, self.utc_offset_minutes)
            + scale.of_workload(self.best_workload.unwrap_or(0))
            + scale.most_of_team()
            + self.most_of_experience(person.experience_quarters, scale)
            + self.most_of_roles(mentee.target, scale)
            + self.most_of_topics(&mentee.topics, scale)
    }

    /// What roles add for everybody inside; `None` where they do not all add the same.
    pub fn all_of_roles(&self, target: Option<Target>, scale: &Scale<'_>) -> Option<u16> {
        let differs = target.is_some_and(|t| self.roles.contains(&t.role) || self.past_roles.contains(&t.role));
        (!differs).then(|| scale.of_roles(self.roles[0], self.ladder, &[]))
    }

    /// What roles add for anybody inside at most.
    pub fn most_of_roles(&self, target: Option<Target>, scale: &Scale<'_>) -> u16 {
        let held = target.map(|target| target.role).filter(|role| self.roles.contains(role));
        scale.of_roles(held.unwrap_or(self.roles[0]), self.ladder, &self.past_roles)
    }

    /// What topics add for anybody inside at most.
    pub fn most_of_topics(&self, topics: &[Topic], scale: &Scale<'_>) -> u16 {
        scale.of_interest(Bonds::NONE.with(Bonds::TOPIC, self.topics & topic_bits(topics) != 0))
    }

    /// The value rises with the mentor's experience, rests, and falls: its most is at rest or next to it.
    fn most_of_experience(&self, own: Option<u16>, scale: &Scale<'_>) -> u16 {
        let at_rest = own.unwrap_or(0).saturating_add(12);
        let told = self.experience.map(|(least, most)| scale.of_experience(Some(at_rest.clamp(least, most))));
        let untold = self.has_untold_experience.then(|| scale.of_experience(None));
        told.max(untold).unwrap_or(0)
    }
}

fn distinct(roles: impl Iterator<Item = Role>) -> Vec<Role> {
    let mut roles: Vec<Role> = roles.collect();
    roles.sort_unstable();
    roles.dedup();
    roles
}

/// A range of rows as one of places.
pub(super) const fn slice(rows: &Range<u32>) -> Range<usize> {
    rows.start as usize..rows.end as usize
}
