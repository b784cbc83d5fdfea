//! One search: the best mentors for one mentee. Cells are visited from the highest bound down, until no bound reaches the
//! last of the best.

use std::cmp::Reverse;

use super::{
    best::Best,
    bonds::Bonds,
    cells::Cell,
    constraints::{Exclusion, Tally, first_exclusion},
    gains::{Gains, Teachers},
    index::Index,
    profile::Profile,
    rules::{Rules, levels_above},
    scale::Scale,
    skills::Wants,
    table::{Row, topic_bits},
};

/// What one mentee's search needs at hand.
pub(super) struct Search<'a> {
    index: &'a Index,
    mentee: &'a Profile,
    rules: &'a Rules<'a>,
    scale: Scale<'a>,
    wants: Wants,
    /// For each set of languages in the index, whether the mentee speaks one of them.
    speaks: Vec<bool>,
    topics: u32,
    /// Rows linked to the mentee by more than language and topics; by row.
    bonds: Vec<(u32, Bonds)>,
}

/// A cell that is being visited.
struct Visit {
    /// What the cell allows without skills.
    bound: u16,
    /// What level and time zone add for everybody inside.
    place: u16,
    /// What roles add for everybody inside; `None` where it differs.
    roles: Option<u16>,
    /// What roles add at most.
    most_of_roles: u16,
    /// What skills add for those who can teach nothing that is wanted.
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

    /// How many rows are not proposed, and why. What concerns mentors alone is counted already in each cell, and so is,
    /// where the level of a cell does not fit, everybody inside; but for the mentee's own, whose first reason is themselves.
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
            // A program is small: better to look at its mentors than for them.
            mentors.iter().filter_map(|&id| self.index.table.find(id)).for_each(|row| self.add(row, best));
        } else {
            // These alone may owe points to a name, so the cells need not reckon with names.
            self.bonds.iter().for_each(|&(row, _)| self.add(row, best));
            self.run_cells(best);
        }
    }

    /// The score of every row of the table, 0 for whom a hard constraint excludes.
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

    /// Whether anybody in a cell may mentor this mentee.
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

    /// Looks at everybody in a cell, or, where the bound allows it, only at those whose skills add something.
    fn visit(&self, cell: &Cell, bound: u16, gains: &Gains<'_>, best: &mut Best) {
        let visit = self.visit_of(cell, bound);
        if bound + visit.no_skills >= best.floor() {
            cell.rows.clone().for_each(|row| self.look(row, gains.of(row), &visit, best));
        } else {
            gains.rows().iter().for_each(|&row| self.look(row, gains.of(row), &visit, best));
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

    /// Adds a row of the cell that is visited, if it is good enough: a sketch first, then the facts, then the lists, the
    /// constraints last, since ever fewer rows come so far.
    fn look(&self, row: u32, gained: u32, visit: &Visit, best: &mut Best) {
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

    /// Adds one row without help from its cell.
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

    fn row(&self, row: u32) -> &Row {
        &self.index.table.rows[row as usize]
    }
}
