//! All mentors, ready to be searched for one mentee at a time. What it finds is exactly what a look at everybody would
//! find: the same people in the same order.
//!
//! The bulk is a sorted table that changes in place only where its order allows: loads, wishes to mentor, departures.
//! Everything else goes to a short list beside it, which each search looks through, until [`Index::merged`] makes a new
//! table of both. Several instances may each keep an index and follow the same feed of changes.
//!
//! An index may lag behind the store, so whoever creates a pair asks [`exclusion`] again.

use std::thread;

use uuid::Uuid;

use super::{
    best::{Best, Pick},
    cells::Cell,
    constraints::{Tally, exclusion},
    features::Features,
    postings::Postings,
    profile::{Person, Profile},
    rules::Rules,
    score::Score,
    search::Search,
    skills::SkillGraph,
    table::{Row, Table},
};

/// All mentors.
#[derive(Debug, Clone, Default)]
pub struct Index {
    pub(super) graph: SkillGraph,
    pub(super) table: Table,
    pub(super) cells: Vec<Cell>,
    pub(super) postings: Postings,
    newest: Vec<Profile>,
    removed: usize,
}

impl Index {
    /// An index of these mentors, each of whom is given once. What they want to learn themselves is not kept.
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

    /// How many mentors there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.table.rows.len() - self.removed + self.newest.len()
    }

    /// Whether there is no mentor.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The best mentors for a mentee, `limit` at most: the highest score first, of equals the smaller id. Nobody whom a
    /// hard constraint excludes; scores too low to be shown are for the caller to leave out.
    ///
    /// The mentee's profile must be fresh, the mentors' need not: a live pair or a block counts whichever side tells it.
    #[must_use]
    pub fn top(&self, mentee: &Profile, rules: &Rules<'_>, limit: usize) -> Vec<Pick> {
        let mut best = Best::of(limit);
        if limit > 0 && mentee.person.is_active && mentee.person.wants_mentor {
            for mentor in &self.newest {
                if exclusion(mentee, mentor, rules).is_none() {
                    let features = Features::of(mentee, mentor, rules, &self.graph);
                    best.add(Score::of(features, &rules.weights).total(), mentor.person.id);
                }
            }
            Search::new(self, mentee, rules).run(&mut best);
        }
        best.picks()
    }

    /// The mentors in the order of the columns of [`Index::scores`], of an index that was just built or merged.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = Uuid> + '_ {
        self.table.rows.iter().map(|row| row.person.id)
    }

    /// The score of every mentor for every mentee, a row a mentee, a column a mentor as [`Index::columns`] tells; 0 for
    /// whom a hard constraint excludes. Mentees are shared out to `threads`.
    #[must_use]
    pub fn scores(&self, mentees: &[Profile], rules: &Rules<'_>, threads: usize) -> Vec<u16> {
        let width = self.table.rows.len();
        let mut scores = vec![0; mentees.len() * width];
        let share = mentees.len().div_ceil(threads.max(1)).max(1);
        if width > 0 {
            thread::scope(|scope| {
                for (mentees, rows) in mentees.chunks(share).zip(scores.chunks_mut(share * width)) {
                    scope.spawn(move || {
                        let asking = |mentee: &&Profile| mentee.person.is_active && mentee.person.wants_mentor;
                        let each = mentees.iter().zip(rows.chunks_mut(width));
                        each.filter(|(mentee, _)| asking(mentee))
                            .for_each(|(mentee, row)| Search::new(self, mentee, rules).scores(row));
                    });
                }
            });
        }
        scores
    }

    /// How many mentors of the index are excluded for this mentee, exactly, each under the first reason that holds; for
    /// those who ask why they see so few.
    #[must_use]
    pub fn excluded(&self, mentee: &Profile, rules: &Rules<'_>) -> Tally {
        let mut tally = Search::new(self, mentee, rules).excluded();
        self.newest.iter().filter_map(|mentor| exclusion(mentee, mentor, rules)).for_each(|why| tally.add(why));
        tally
    }

    /// Takes in a new mentor, or a known one's new profile.
    pub fn put(&mut self, mentor: Profile) {
        self.remove(mentor.person.id);
        self.newest.push(mentor);
    }

    /// Forgets a mentor; false where there is none of this id.
    pub fn remove(&mut self, id: Uuid) -> bool {
        if let Some(row) = self.table.find(id) {
            self.change_row(row, |row| row.is_gone = true);
            self.removed += 1;
            return true;
        }
        let new = self.newest.iter().position(|mentor| mentor.person.id == id);
        new.map(|at| self.newest.swap_remove(at)).is_some()
    }

    /// Takes in how many live pairs a mentor has, and of how many; false where there is none of this id.
    pub fn set_load(&mut self, id: Uuid, active: u8, capacity: u8) -> bool {
        self.change(id, |mentor| {
            mentor.offer.active = active;
            mentor.offer.capacity = capacity;
        })
    }

    /// Takes in whether somebody still wants to mentor; false where there is none of this id.
    pub fn set_opted_in(&mut self, id: Uuid, opted_in: bool) -> bool {
        self.change(id, |mentor| mentor.offer.opted_in = opted_in)
    }

    /// Whether the table should be made anew: more than one in a hundred has been changed beside it.
    #[must_use]
    pub fn is_due(&self) -> bool {
        (self.newest.len() + self.removed) * 100 > self.table.rows.len()
    }

    /// The same mentors in a new table. It takes a moment, so the caller makes it aside and then swaps it in.
    #[must_use]
    pub fn merged(&self) -> Self {
        let skills = self.postings.by_row(self.table.rows.len());
        let old = self.table.profiles().into_iter().zip(skills).zip(&self.table.rows);
        let kept = old.filter(|(_, row)| !row.is_gone).map(|((profile, skills), _)| Profile { skills, ..profile });
        Self::build(kept.chain(self.newest.iter().cloned()).collect(), self.graph.clone())
    }

    /// Changes what neither the order of the table nor the bounds of the cells depend on, loads apart.
    fn change(&mut self, id: Uuid, change: impl FnOnce(&mut Person)) -> bool {
        if let Some(row) = self.table.find(id) {
            self.change_row(row, |row| change(&mut row.person));
            return true;
        }
        let new = self.newest.iter_mut().find(|mentor| mentor.person.id == id);
        new.map(|mentor| change(&mut mentor.person)).is_some()
    }

    fn change_row(&mut self, row: u32, change: impl FnOnce(&mut Row)) {
        self.table.change(row, change);
        let cell = self.cells.partition_point(|cell| cell.rows.end <= row);
        if let Some(cell) = self.cells.get_mut(cell) {
            cell.weigh_loads(&self.table);
        }
    }
}
