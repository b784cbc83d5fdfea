//! Searches in an index: the best mentors for one mentee, or the scores of all mentors. A search visits the cells from
//! the highest bound down, until no bound reaches the lowest score in the list.

use std::cmp::Reverse;
use std::thread;

use uuid::Uuid;

use super::{
    best::{Best, Pick},
    bonds::Bonds,
    cells::Cell,
    constraints::{Exclusion, Tally, exclusion, first_exclusion},
    features::Features,
    gains::{Gains, Teachers},
    index::Index,
    profile::Profile,
    rules::{Rules, levels_above},
    scale::Scale,
    score::Score,
    skills::Wants,
    table::{MentorRow, topic_bits},
};

impl Index {
    /// The best mentors for a mentee, at most `limit`: highest score first, then smaller id. Mentors that a hard
    /// constraint excludes are left out. The caller leaves out scores that are too low to be shown.
    ///
    /// The profile of the mentee must be up to date; those of the mentors need not be. Live pairs and blocks count from
    /// both sides.
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

    /// The mentors in the order of the columns of [`Index::scores`]. Only for an index that was just built or merged.
    pub fn columns(&self) -> impl ExactSizeIterator<Item = Uuid> + '_ {
        self.table.rows.iter().map(|row| row.person.id)
    }

    /// The score of every mentor for every mentee: one row per mentee, one column per mentor in the order of
    /// [`Index::columns`]. 0: a hard constraint excludes the mentor. The mentees are divided among `threads`.
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

    /// The exact number of mentors that are excluded for this mentee, each under the first reason that holds. It
    /// explains why there are only few suggestions.
    #[must_use]
    pub fn excluded(&self, mentee: &Profile, rules: &Rules<'_>) -> Tally {
        let mut tally = Search::new(self, mentee, rules).excluded();
        self.newest.iter().filter_map(|mentor| exclusion(mentee, mentor, rules)).for_each(|why| tally.add(why));
        tally
    }
}

/// The state of a search for one mentee.
pub(super) struct Search<'a> {
    index: &'a Index,
    mentee: &'a Profile,
    rules: &'a Rules<'a>,
    scale: Scale<'a>,
    wants: Wants,
    /// For each set of languages in the index, whether the mentee speaks one of its languages.
    speaks: Vec<bool>,
    topics: u32,
    /// Rows with a link to the mentee other than language and topics, in row order.
    bonds: Vec<(u32, Bonds)>,
}

/// Values for the cell that is being visited.
struct Visit {
    /// Upper bound of the scores in the cell, without skills.
    bound: u16,
    /// What level and time zone add for every mentor inside.
    place: u16,
    /// What roles add for every mentor inside. `None`: they differ.
    roles: Option<u16>,
    /// What roles add at most.
    most_of_roles: u16,
    /// What skills add for mentors who can teach none of the wanted skills.
    no_skills: u16,
}

impl<'a> Search<'a> {
    pub fn new(index: &'a Index, mentee: &'a Profile, rules: &'a Rules<'a>) -> Self {
        let speaks = |set: &Vec<_>| mentee.languages.iter().any(|language| set.contains(language));
        Self {
            scale: Scale::new(mentee, rules),
            wants: Wants::new(&mentee.needs, &index.graph),
            speaks: index.table.language_sets.iter().map(speaks).collect(),
            topics: topic_bits(&mentee.topics),
            bonds: index.table.bonds(mentee),
            index,
            mentee,
            rules,
        }
    }

    /// Why a row is not proposed.
    pub fn exclusion(&self, row: u32) -> Option<Exclusion> {
        let mentor = self.row(row);
        let bonds = self.bond(row).unwrap_or(Bonds::NONE).with(Bonds::LANGUAGE, self.speaks[mentor.languages as usize]);
        first_exclusion(&self.mentee.person, &mentor.person, bonds, self.rules)
    }

    /// How many rows are not proposed, and why. Reasons that concern the mentor alone are already counted per cell. If
    /// the level of a cell does not fit, all its rows are excluded. The cell of the mentee is counted row by row,
    /// because the mentee's own row has another first reason.
    pub fn excluded(&self) -> Tally {
        let mut tally = Tally::default();
        let asker = &self.mentee.person;
        let own = self.index.table.find(asker.id);
        let is_asking = asker.is_active && asker.wants_mentor && self.rules.enrolled.is_none();
        for cell in &self.index.cells {
            if !is_asking || own.is_some_and(|own| cell.rows.contains(&own)) {
                let rows = cell.rows.clone().filter(|row| !self.row(*row).is_gone);
                rows.filter_map(|row| self.exclusion(row)).for_each(|why| tally.add(why));
                continue;
            }
            tally.merge(&cell.unavailable);
            if self.may_reach(cell) {
                let takes_mentees = |row: &u32| self.index.table.sketches[*row as usize].workload.is_some();
                let rows = cell.rows.clone().filter(takes_mentees);
                rows.filter_map(|row| self.exclusion(row)).for_each(|why| tally.add(why));
            } else {
                tally.add_all(Exclusion::LevelOutsideWindow, cell.available);
            }
        }
        tally
    }

    /// Adds the best of all rows.
    pub fn run(&self, best: &mut Best) {
        if let Some(mentors) = self.rules.enrolled {
            // A program is small, so all its mentors are scored.
            mentors.iter().filter_map(|&id| self.index.table.find(id)).for_each(|row| self.add(row, best));
        } else {
            // Only these rows can get points for named people, so the bounds of the cells ignore named people.
            self.bonds.iter().for_each(|&(row, _)| self.add(row, best));
            self.run_cells(best);
        }
    }

    /// The score of every row of the table. 0: a hard constraint excludes the mentor.
    pub fn scores(&self, scores: &mut [u16]) {
        let wants: Vec<_> = self.wants.each.iter().map(|want| Teachers::new(want, &self.index.postings)).collect();
        let mut gains = Gains::default();
        for cell in self.index.cells.iter().filter(|cell| self.may_hold(cell)) {
            let bound = cell.bound(self.mentee, &self.scale);
            gains.enter(cell, &wants);
            gains.gather();
            let visit = self.visit_of(cell, bound);
            for row in cell.rows.clone() {
                scores[row as usize] = self.score(row, gains.of(row), &visit).unwrap_or(0);
            }
        }
    }

    fn score(&self, row: u32, gained: u32, visit: &Visit) -> Option<u16> {
        let plain = self.scale.of_sketch(&self.index.table.sketches[row as usize])?;
        let bonds = self.bond(row).unwrap_or(Bonds::NONE);
        if self.exclusion(row).is_some() {
            return None;
        }
        let skills = if gained == 0 { visit.no_skills } else { self.scale.of_skills(&self.wants, gained) };
        let roles = visit.roles.unwrap_or_else(|| self.roles(row));
        let team = self.scale.of_team(&self.row(row).person);
        Some(plain + visit.place + skills + roles + team + self.interest(row, bonds))
    }

    /// Whether a mentor in the cell may mentor this mentee.
    fn may_hold(&self, cell: &Cell) -> bool {
        self.may_reach(cell) && cell.best_workload.is_some()
    }

    /// Whether the level of a cell fits.
    fn may_reach(&self, cell: &Cell) -> bool {
        self.rules.model.level_gap(levels_above(self.mentee.person.level, cell.level)).is_some()
    }

    fn run_cells(&self, best: &mut Best) {
        let cells = self.index.cells.iter().filter(|cell| self.may_hold(cell));
        let postings = &self.index.postings;
        let wants: Vec<_> = self.wants.each.iter().map(|want| Teachers::new(want, postings)).collect();
        let mut gains = Gains::default();
        let with_bounds = |cell: &'a Cell| {
            let bound = cell.bound(self.mentee, &self.scale);
            (bound + self.scale.of_skills(&self.wants, gains.enter(cell, &wants)), bound, cell)
        };
        let mut order: Vec<(u16, u16, &Cell)> = cells.map(with_bounds).collect();
        order.sort_unstable_by_key(|(most, bound, cell)| (Reverse((*most, *bound)), cell.rows.start));
        for (most, bound, cell) in order {
            if most < best.floor() {
                return;
            }
            gains.enter(cell, &wants);
            gains.gather();
            self.visit(cell, bound, &gains, best);
        }
    }

    /// Scores all rows of a cell or, if the bound allows it, only the rows whose skills add something.
    fn visit(&self, cell: &Cell, bound: u16, gains: &Gains<'_>, best: &mut Best) {
        let visit = self.visit_of(cell, bound);
        if bound + visit.no_skills >= best.floor() {
            cell.rows.clone().for_each(|row| self.consider(row, gains.of(row), &visit, best));
        } else {
            gains.rows().iter().for_each(|&row| self.consider(row, gains.of(row), &visit, best));
        }
    }

    fn visit_of(&self, cell: &Cell, bound: u16) -> Visit {
        let target = self.mentee.target;
        Visit {
            bound,
            place: self.scale.of_place(cell.level, cell.utc_offset_minutes),
            roles: cell.all_of_roles(target, &self.scale),
            most_of_roles: cell.most_of_roles(target, &self.scale),
            no_skills: self.scale.of_skills(&self.wants, 0),
        }
    }

    /// Adds a row of the visited cell if it is good enough. The sketch is checked first, then the facts, then the
    /// lists, and the constraints last, because each check leaves fewer rows.
    fn consider(&self, row: u32, gained: u32, visit: &Visit, best: &mut Best) {
        let floor = best.floor();
        let skills = if gained == 0 { visit.no_skills } else { self.scale.of_skills(&self.wants, gained) };
        if visit.bound + skills < floor {
            return;
        }
        let sketch = &self.index.table.sketches[row as usize];
        let Some(plain) = self.scale.of_sketch(sketch) else { return };
        let plain = plain + visit.place + skills;
        let may_share = Bonds::NONE.with(Bonds::TOPIC, sketch.topics & self.topics != 0);
        if plain + self.scale.most_of_team() + visit.most_of_roles + self.scale.of_interest(may_share) < floor {
            return;
        }
        let roles = visit.roles.unwrap_or_else(|| self.roles(row));
        let score = plain + roles + self.scale.of_team(&self.row(row).person) + self.interest(row, Bonds::NONE);
        if score >= floor && self.bond(row).is_none() && self.exclusion(row).is_none() {
            best.add(score, self.row(row).person.id);
        }
    }

    /// Adds one row without the values of its cell.
    fn add(&self, row: u32, best: &mut Best) {
        let (mentor, sketch) = (self.row(row), &self.index.table.sketches[row as usize]);
        let Some(plain) = self.scale.of_sketch(sketch).filter(|_| self.exclusion(row).is_none()) else { return };
        let gained = self.wants.gained(|skill| self.index.postings.of(skill).level(row));
        let score = plain
            + self.scale.of_place(mentor.person.level, mentor.person.utc_offset_minutes)
            + self.scale.of_team(&mentor.person)
            + self.scale.of_skills(&self.wants, gained)
            + self.roles(row)
            + self.interest(row, self.bond(row).unwrap_or(Bonds::NONE));
        best.add(score, mentor.person.id);
    }

    fn roles(&self, row: u32) -> u16 {
        let mentor = &self.row(row).person;
        self.scale.of_roles(mentor.role, mentor.ladder, self.index.table.past_roles.of(row))
    }

    fn interest(&self, row: u32, bonds: Bonds) -> u16 {
        let may_share = self.index.table.sketches[row as usize].topics & self.topics != 0;
        let shares =
            may_share && self.index.table.topics.of(row).iter().any(|topic| self.mentee.topics.contains(topic));
        self.scale.of_interest(bonds.with(Bonds::TOPIC, shares))
    }

    fn bond(&self, row: u32) -> Option<Bonds> {
        let found = self.bonds.binary_search_by_key(&row, |bond| bond.0).ok()?;
        Some(self.bonds[found].1)
    }

    fn row(&self, row: u32) -> &MentorRow {
        &self.index.table.rows[row as usize]
    }
}
