//! All mentors, ready to be searched for one mentee at a time. A search finds exactly what a full scan finds: the same
//! people in the same order.
//!
//! Most mentors are in a sorted table. It changes in place only where its order allows it: load, opt-in and departure.
//! All other changes go to a short list, which each search scans, until [`Index::merged`] makes a new table of both.
//! Several instances may each keep an index and follow the same changes.
//!
//! An index may be older than the database, so check [`exclusion`](super::exclusion) again before you create a pair.

use uuid::Uuid;

use super::{
    cells::Cell,
    postings::Postings,
    profile::{Person, Profile},
    skills::SkillGraph,
    table::{MentorRow, Table},
};

/// All mentors.
#[derive(Debug, Clone, Default)]
pub struct Index {
    pub(super) graph: SkillGraph,
    pub(super) table: Table,
    pub(super) cells: Vec<Cell>,
    pub(super) postings: Postings,
    /// Mentors who are not in the table.
    pub(super) newest: Vec<Profile>,
    removed: usize,
}

impl Index {
    /// An index of these mentors. Each mentor is given once. What they want to learn themselves is not stored.
    #[must_use]
    pub fn build(mut mentors: Vec<Profile>, graph: SkillGraph) -> Self {
        mentors.sort_unstable_by_key(|mentor| Table::order(&mentor.person));
        let table = Table::new(&mentors);
        Self {
            cells: Cell::all(&table),
            postings: Postings::new(&mentors),
            table,
            graph,
            newest: Vec::new(),
            removed: 0,
        }
    }

    /// Number of mentors.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.rows.len() - self.removed + self.newest.len()
    }

    /// Whether there is no mentor.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Adds a mentor, or replaces the profile of a known one.
    pub fn put(&mut self, mentor: Profile) {
        self.remove(mentor.person.id);
        self.newest.push(mentor);
    }

    /// Removes a mentor. `false`: there is no mentor with this id.
    pub fn remove(&mut self, id: Uuid) -> bool {
        if let Some(row) = self.table.find(id) {
            self.change_row(row, |row| row.is_gone = true);
            self.removed += 1;
            return true;
        }
        let new = self.newest.iter().position(|mentor| mentor.person.id == id);
        new.map(|at| self.newest.swap_remove(at)).is_some()
    }

    /// Sets the number of live pairs and the capacity of a mentor. `false`: there is no mentor with this id.
    pub fn set_load(&mut self, id: Uuid, active: u8, capacity: u8) -> bool {
        self.change(id, |mentor| {
            mentor.offer.active = active;
            mentor.offer.capacity = capacity;
        })
    }

    /// Sets whether a person wants to mentor. `false`: there is no mentor with this id.
    pub fn set_opted_in(&mut self, id: Uuid, opted_in: bool) -> bool {
        self.change(id, |mentor| mentor.offer.opted_in = opted_in)
    }

    /// Whether a new table should be made: more than one mentor in a hundred is not in the table any more.
    #[must_use]
    pub fn is_due(&self) -> bool {
        (self.newest.len() + self.removed) * 100 > self.table.rows.len()
    }

    /// The same mentors in a new table. It takes a moment, so the caller makes it first and then replaces the old one.
    #[must_use]
    pub fn merged(&self) -> Self {
        let skills = self.postings.by_row(self.table.rows.len());
        let old = self.table.profiles().into_iter().zip(skills).zip(&self.table.rows);
        let kept = old.filter(|(_, row)| !row.is_gone).map(|((profile, skills), _)| Profile { skills, ..profile });
        Self::build(kept.chain(self.newest.iter().cloned()).collect(), self.graph.clone())
    }

    /// Changes facts that affect neither the order of the table nor the bounds of the cells, except the load.
    fn change(&mut self, id: Uuid, change: impl FnOnce(&mut Person)) -> bool {
        if let Some(row) = self.table.find(id) {
            self.change_row(row, |row| change(&mut row.person));
            return true;
        }
        let new = self.newest.iter_mut().find(|mentor| mentor.person.id == id);
        new.map(|mentor| change(&mut mentor.person)).is_some()
    }

    fn change_row(&mut self, row: u32, change: impl FnOnce(&mut MentorRow)) {
        self.table.change(row, change);
        let cell = self.cells.partition_point(|cell| cell.rows.end <= row);
        if let Some(cell) = self.cells.get_mut(cell) {
            cell.update_loads(&self.table);
        }
    }
}
