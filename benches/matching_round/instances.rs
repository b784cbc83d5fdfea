//! The instances: a program of the synthetic organisation, and families that are hard for some solvers.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::num::NonZero;
use std::path::Path;
use std::thread;

use mentorship::matching::engine::org::Organisation;
use mentorship::matching::engine::{Index, MentoringModel, Profile, Random, Rules};
use uuid::Uuid;

/// Every family, the typical one first.
pub const FAMILIES: [&str; 5] = ["typical", "common", "scarce", "ties", "product"];

/// The file that both sides of the comparison read: the numbers of mentees and mentors, the free places of each mentor,
/// and the scores, one row per mentee. All numbers are little-endian.
pub struct Stored {
    pub places: Vec<u8>,
    pub scores: Vec<u16>,
}

impl Stored {
    pub fn made(family: &str, mentees: usize, mentors: usize) -> Option<Self> {
        let chance = &mut Chance(Random::new(0));
        let numbers = |most: u64, count: usize, chance: &mut Chance| -> Vec<u64> {
            (0..count).map(|_| chance.below(most + 1)).collect()
        };
        let places = |chance: &mut Chance| (0..mentors).map(|_| chance.places()).collect();
        Some(match family {
            "typical" => return Some(typical(mentees, mentors)),
            "common" => {
                let quality = numbers(6_000, mentors, chance);
                Self {
                    places: places(chance),
                    scores: filled(mentees, mentors, |_, mentor| 2_000 + quality[mentor] + chance.below(1_001)),
                }
            }
            "scarce" => {
                Self { places: vec![1; mentors], scores: filled(mentees, mentors, |_, _| 1 + chance.below(10_000)) }
            }
            "ties" => {
                Self { places: places(chance), scores: filled(mentees, mentors, |_, _| 5_000 + 500 * chance.below(8)) }
            }
            "product" => {
                let (need, skill) = (numbers(7_000, mentees, chance), numbers(7_000, mentors, chance));
                let worth = |mentee: usize, mentor: usize| (3_000 + need[mentee]) * (3_000 + skill[mentor]) / 10_000;
                Self { places: places(chance), scores: filled(mentees, mentors, worth) }
            }
            _ => return None,
        })
    }

    pub fn read(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let mut size = [0; 8];
        file.read_exact(&mut size)?;
        let number = |at: usize| size[at..at + 4].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        let mut places = vec![0; number(4)];
        file.read_exact(&mut places)?;
        let mut scores = Vec::with_capacity(number(0) * number(4));
        let mut row = vec![0; 2 * number(4)];
        for _ in 0..number(0) {
            file.read_exact(&mut row)?;
            scores.extend(row.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])));
        }
        Ok(Self { places, scores })
    }

    pub fn write(&self, path: &Path) -> io::Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        for number in [self.scores.len() / self.places.len(), self.places.len()] {
            file.write_all(&u32::try_from(number).map_err(io::Error::other)?.to_le_bytes())?;
        }
        file.write_all(&self.places)?;
        self.scores.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))?;
        file.flush()
    }
}

/// People of an organisation ten times as large as the program. Each mentor has 1 to 4 free places.
fn typical(mentees: usize, mentors: usize) -> Stored {
    let (chance, organisation) = (&mut Chance(Random::new(77)), Organisation::new((10 * mentees).max(3_000), 42));
    let mut able: Vec<_> = organisation.mentors().filter(|one| one.person.is_active).collect();
    // Ids are random. Without sorting, the heads of the organisation would come first.
    able.sort_unstable_by_key(|one| one.person.id);
    let able = able.into_iter().take(mentors);
    let able: Vec<Profile> = able
        .cloned()
        .map(|mut one| {
            one.person.offer.capacity = chance.places();
            one.person.offer.active = 0;
            one
        })
        .collect();
    let places = able.iter().map(|one| one.person.offer.capacity).collect();
    let order: Vec<Uuid> = able.iter().map(|one| one.person.id).collect();
    let (index, rules) = (Index::build(able, organisation.graph), Rules::of(MentoringModel::OneOnOne));
    let wants = |one: &&Profile| one.person.wants_mentor && one.person.is_active && one.person.level <= 5;
    let mut wanting: Vec<_> = organisation.people.iter().filter(wants).collect();
    wanting.retain(|one| order.binary_search(&one.person.id).is_err());
    wanting.sort_unstable_by_key(|one| one.person.id);
    let wanting: Vec<Profile> = wanting.into_iter().take(mentees).cloned().collect();
    let columns: HashMap<Uuid, usize> = index.columns().zip(0..).collect();
    let all = index.scores(&wanting, &rules, thread::available_parallelism().map_or(1, NonZero::get));
    let rows = all.chunks(mentors);
    let scores = rows.flat_map(|row| order.iter().map(|mentor| row[columns[mentor]])).collect();
    Stored { places, scores }
}

fn filled(mentees: usize, mentors: usize, mut worth: impl FnMut(usize, usize) -> u64) -> Vec<u16> {
    (0..mentees * mentors)
        .map(|pair| u16::try_from(worth(pair / mentors, pair % mentors)).unwrap_or(u16::MAX))
        .collect()
}

/// Random numbers that are the same on every platform.
struct Chance(Random);

impl Chance {
    /// Number of free places, 1 to 4.
    fn places(&mut self) -> u8 {
        u8::try_from(1 + self.below(4)).unwrap_or(1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0.next() % end
    }
}
