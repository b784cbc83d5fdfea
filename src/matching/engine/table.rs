//! The mentors as rows, ordered by (level, ladder, time zone, id), and their lists.

use std::collections::HashMap;

use uuid::Uuid;

use super::{
    bonds::Bonds,
    features,
    keys::{Language, Role, Topic},
    profile::{Person, Profile},
};

/// One mentor.
#[derive(Debug, Clone, Copy)]
pub(super) struct MentorRow {
    pub person: Person,
    /// Index of the set of languages in the table.
    pub languages: u32,
    /// Whether the row was removed or replaced by a newer profile.
    pub is_gone: bool,
}

/// The facts for the first check of a row, a fifth of its size: a search checks many rows and reads few.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sketch {
    /// One bit for each topic; several topics share a bit. Without a common bit there is no common topic.
    pub topics: u32,
    pub style: Option<[u8; 4]>,
    pub experience_quarters: Option<u16>,
    pub formats: Option<u8>,
    /// Share of free places, the value of the feature. `None`: the mentor takes no mentee now, for any mentee.
    pub workload: Option<u16>,
}

impl MentorRow {
    fn sketch(&self, topics: u32) -> Sketch {
        let person = &self.person;
        let (style, experience_quarters, formats) = (person.style, person.experience_quarters, person.formats);
        let takes_mentees = !self.is_gone && person.unavailable().is_none();
        let workload = takes_mentees.then(|| features::workload(person.offer));
        Sketch { topics, style, experience_quarters, formats, workload }
    }
}

/// All mentors of the index except the newest.
#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub rows: Vec<MentorRow>,
    pub sketches: Vec<Sketch>,
    /// The rows in the order of their ids.
    by_id: Vec<u32>,
    pub language_sets: Vec<Vec<Language>>,
    pub past_roles: Lists<Role>,
    pub topics: Lists<Topic>,
    mentions: Vec<Mention>,
}

/// A link from the mentor of a row to a person.
#[derive(Debug, Clone, Copy)]
struct Mention {
    person: Uuid,
    row: u32,
    how: Bonds,
}

impl Table {
    /// The order of the rows.
    pub fn order(person: &Person) -> impl Ord + use<> {
        (person.level, person.ladder, person.utc_offset_minutes, person.id)
    }

    /// A table of profiles that are already in this order.
    pub fn new(profiles: &[Profile]) -> Self {
        let mut sets: HashMap<&[Language], u32> = HashMap::new();
        let mut table = Self {
            past_roles: profiles.iter().map(|profile| profile.past_roles.as_slice()).collect(),
            topics: profiles.iter().map(|profile| profile.topics.as_slice()).collect(),
            rows: Vec::with_capacity(profiles.len()),
            sketches: Vec::with_capacity(profiles.len()),
            by_id: Vec::with_capacity(profiles.len()),
            ..Self::default()
        };
        for (row, profile) in (0..).zip(profiles) {
            let languages = *sets.entry(&profile.languages).or_insert_with(|| {
                table.language_sets.push(profile.languages.clone());
                u32::try_from(table.language_sets.len() - 1).unwrap_or(u32::MAX)
            });
            let row_of = MentorRow { person: profile.person, languages, is_gone: false };
            table.sketches.push(row_of.sketch(topic_bits(&profile.topics)));
            table.rows.push(row_of);
            table.by_id.push(row);
            table.mentions.extend(mentions_of(profile).map(|(person, how)| Mention { person, row, how }));
        }
        table.by_id.sort_unstable_by_key(|&row| table.rows[row as usize].person.id);
        table.mentions.shrink_to_fit();
        table.mentions.sort_unstable_by_key(|mention| (mention.person, mention.row));
        table
    }

    /// The row of a person who is still in the table.
    pub fn find(&self, id: Uuid) -> Option<u32> {
        let id_of = |row: &u32| self.rows[*row as usize].person.id;
        let row = self.by_id[self.by_id.binary_search_by_key(&id, id_of).ok()?];
        (!self.rows[row as usize].is_gone).then_some(row)
    }

    /// Changes facts of a row that affect neither the order nor the bounds, except the load.
    pub fn change(&mut self, row: u32, change: impl FnOnce(&mut MentorRow)) {
        let (row, sketch) = (&mut self.rows[row as usize], &mut self.sketches[row as usize]);
        change(row);
        *sketch = row.sketch(sketch.topics);
    }

    /// All rows with a link from or to the mentee, and the links. In row order, each row once.
    pub fn bonds(&self, mentee: &Profile) -> Vec<(u32, Bonds)> {
        let id = mentee.person.id;
        let start = self.mentions.partition_point(|mention| mention.person < id);
        let theirs = self.mentions[start..].iter().take_while(|m| m.person == id).map(|m| (m.row, m.how));
        let ours = mentions_of(mentee).filter_map(|(person, how)| {
            let how = if how == Bonds::MENTOR_NAMED { Bonds::MENTEE_NAMED } else { how };
            Some((self.find(person)?, how))
        });
        let mut bonds: Vec<(u32, Bonds)> = theirs.chain(ours).collect();
        bonds.sort_unstable_by_key(|bond| bond.0);
        bonds.dedup_by(|later, first| {
            let is_same = later.0 == first.0;
            first.1 = first.1.with(later.1, is_same);
            is_same
        });
        bonds
    }

    /// All mentors of the table as profiles, without skills.
    pub fn profiles(&self) -> Vec<Profile> {
        let mut profiles: Vec<Profile> = (0..)
            .zip(&self.rows)
            .map(|(i, row)| Profile {
                languages: self.language_sets[row.languages as usize].clone(),
                past_roles: self.past_roles.of(i).to_vec(),
                topics: self.topics.of(i).to_vec(),
                ..Profile::bare(row.person)
            })
            .collect();
        for mention in &self.mentions {
            let profile = &mut profiles[mention.row as usize];
            match mention.how {
                Bonds::MENTOR_NAMED => profile.named.push(mention.person),
                Bonds::BLOCKED => profile.blocked.push(mention.person),
                Bonds::LIVE => profile.live.push(mention.person),
                Bonds::ENDED_BADLY => profile.ended_badly.push(mention.person),
                _ => profile.dotted_manager = Some(mention.person),
            }
        }
        profiles
    }
}

/// The links from a mentor to other people.
fn mentions_of(profile: &Profile) -> impl Iterator<Item = (Uuid, Bonds)> {
    let all = |list: &'static Bonds, ids| Iterator::zip(<[Uuid]>::iter(ids).copied(), std::iter::repeat(*list));
    all(&Bonds::MENTOR_NAMED, &profile.named)
        .chain(all(&Bonds::BLOCKED, &profile.blocked))
        .chain(all(&Bonds::LIVE, &profile.live))
        .chain(all(&Bonds::ENDED_BADLY, &profile.ended_badly))
        .chain(all(&Bonds::DOTTED_LINE, profile.dotted_manager.as_slice()))
}

/// The bits of [`Sketch::topics`].
pub(super) fn topic_bits(topics: &[Topic]) -> u32 {
    topics.iter().fold(0, |bits, topic| bits | 1 << (topic.0 % u32::BITS))
}

/// One list for each row, stored one after the other.
#[derive(Debug, Clone)]
pub(super) struct Lists<T> {
    ends: Vec<u32>,
    items: Vec<T>,
}

impl<T> Lists<T> {
    pub fn of(&self, row: u32) -> &[T] {
        let row = row as usize;
        let from = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.items[from as usize..self.ends[row] as usize]
    }
}

impl<T> Default for Lists<T> {
    fn default() -> Self {
        Self { ends: Vec::new(), items: Vec::new() }
    }
}

impl<'a, T: Copy + 'a> FromIterator<&'a [T]> for Lists<T> {
    fn from_iter<I: IntoIterator<Item = &'a [T]>>(lists: I) -> Self {
        let mut all = Self::default();
        for list in lists {
            all.items.extend_from_slice(list);
            all.ends.push(u32::try_from(all.items.len()).unwrap_or(u32::MAX));
        }
        all
    }
}
