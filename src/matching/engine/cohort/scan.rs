//! A look at all mentors for one mentee at given prices: the whole instance passes through here, so it goes by blocks
//! that the machine compares many at a time.

use super::market::Market;

/// Mentors looked at together.
const BLOCK: usize = 32;
/// What is left of a pair that may not be. Below everything that a price can leave.
const NOTHING: i32 = i32::MIN;
/// Below what any mentor leaves who has a place, above what one leaves who has none.
pub(super) const ANY: i32 = -(1 << 29);

/// What a mentor leaves a mentee. Sorts by that, the most first; equals by lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Offer {
    less: i32,
    lot: u32,
    /// The mentor.
    pub(super) mentor: u32,
}

impl Offer {
    /// The worth of the pair less the price of the place.
    pub(super) fn left(self) -> i32 {
        -self.less
    }
}

/// Looks at mentors.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    market: &'a Market<'a>,
    tags: Vec<i32>,
    /// The most that a mentor of each block leaves.
    most: Vec<i32>,
    sorted: Vec<i32>,
    offers: Vec<Offer>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(market: &'a Market<'a>, prices: &[i32]) -> Self {
        Self { market, tags: market.tags(prices), most: Vec::new(), sorted: Vec::new(), offers: Vec::new() }
    }

    /// Takes a new price of one mentor's place.
    pub(super) fn set(&mut self, mentor: u32, price: i32) {
        self.tags[self.market.mentor_at(mentor) as usize] = price - self.market.bonus();
    }

    /// What the mentors of each block leave a mentee at most.
    fn look(&mut self, mentee: usize) {
        let floor = self.market.least();
        let most = |row: &[u16], tags: &[i32]| {
            row.iter().zip(tags).map(|(&score, &tag)| left(score, tag, floor)).fold(NOTHING, i32::max)
        };
        // Blocks of one known length are unrolled.
        let (row, rest) = self.market.row(mentee).as_chunks::<BLOCK>();
        let (tags, rest_tags) = self.tags.as_chunks::<BLOCK>();
        self.most.clear();
        self.most.extend(row.iter().zip(tags).map(|(row, tags)| most(row, tags)));
        self.most.push(most(rest, rest_tags));
    }

    /// What any mentor leaves at most to the mentee who was looked at last; [`i32::MIN`] if they may have nobody.
    pub(super) fn most(&self) -> i32 {
        self.most.iter().copied().fold(NOTHING, i32::max)
    }

    /// The `count` mentors who leave a mentee most, of those who leave more than `floor`; the best first.
    pub(super) fn best(&mut self, mentee: usize, count: usize, floor: i32) -> &[Offer] {
        self.offers.clear();
        self.look(mentee);
        if self.most() <= floor {
            return &self.offers;
        }
        // As many blocks as offers are wanted have a mentor who leaves this much, so all that are wanted leave it.
        self.sorted.clear();
        self.sorted.extend(self.most.iter().filter(|&&most| most > floor));
        let enough = match self.sorted.len() {
            len if len > count => *self.sorted.select_nth_unstable(len - count).1,
            _ => floor + 1,
        };
        let least = self.market.least();
        let blocks = self.market.row(mentee).chunks(BLOCK).zip(self.tags.chunks(BLOCK)).zip(&self.most);
        for (block, ((row, tags), _)) in blocks.enumerate().filter(|(_, (_, most))| **most >= enough) {
            for ((&score, &tag), column) in row.iter().zip(tags).zip(block * BLOCK..) {
                let left = left(score, tag, least);
                if left >= enough {
                    let mentor = self.market.number(column);
                    self.offers.push(Offer { less: -left, lot: self.market.lot(mentee, mentor), mentor });
                }
            }
        }
        if self.offers.len() > count {
            self.offers.select_nth_unstable(count - 1);
            self.offers.truncate(count);
        }
        self.offers.sort_unstable();
        &self.offers
    }
}

/// What a mentor leaves. Scores have 14 bits and tags at most 31, so nothing wraps; the plain operators would be checked
/// one by one.
fn left(score: u16, tag: i32, least: u16) -> i32 {
    if score >= least { i32::from(score).wrapping_sub(tag) } else { NOTHING }
}
