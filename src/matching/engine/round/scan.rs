//! Scans all mentors for one mentee at given prices. This runs over the whole instance, so it works on blocks that the
//! processor compares many at a time.

use super::market::Market;

/// Number of mentors in a block.
const BLOCK: usize = 32;
/// The gain of a pair that is not allowed. Below every other gain.
const NOTHING: i32 = i32::MIN;
/// Below the gain with any mentor with a place, above the gain with a mentor without one.
pub(super) const ANY: i32 = -(1 << 29);

/// A mentor with the gain for one mentee. Sorted by gain, largest first, then by lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PricedMentor {
    less: i32,
    lot: u32,
    /// The mentor.
    pub(super) mentor: u32,
}

impl PricedMentor {
    /// The gain: the value of the pair minus the price of the place.
    pub(super) fn left(self) -> i32 {
        -self.less
    }
}

/// The state of a scan.
#[derive(Debug)]
pub(super) struct Scan<'a> {
    market: &'a Market<'a>,
    tags: Vec<i32>,
    /// Largest gain in each block.
    most: Vec<i32>,
    sorted: Vec<i32>,
    offers: Vec<PricedMentor>,
}

impl<'a> Scan<'a> {
    pub(super) fn new(market: &'a Market<'a>, prices: &[i32]) -> Self {
        Self { market, tags: market.tags(prices), most: Vec::new(), sorted: Vec::new(), offers: Vec::new() }
    }

    /// Sets a new price for the places of one mentor.
    pub(super) fn set(&mut self, mentor: u32, price: i32) {
        self.tags[self.market.mentor_at(mentor) as usize] = price - self.market.bonus();
    }

    /// Computes the largest gain in each block for a mentee.
    fn scan_blocks(&mut self, mentee: usize) {
        let floor = self.market.least();
        let most = |row: &[u16], tags: &[i32]| {
            row.iter().zip(tags).map(|(&score, &tag)| left(score, tag, floor)).fold(NOTHING, i32::max)
        };
        // The compiler unrolls loops over blocks of a constant length.
        let (row, rest) = self.market.row(mentee).as_chunks::<BLOCK>();
        let (tags, rest_tags) = self.tags.as_chunks::<BLOCK>();
        self.most.clear();
        self.most.extend(row.iter().zip(tags).map(|(row, tags)| most(row, tags)));
        self.most.push(most(rest, rest_tags));
    }

    /// Largest gain of the mentee of the last scan. [`i32::MIN`]: no mentor is allowed.
    pub(super) fn most(&self) -> i32 {
        self.most.iter().copied().fold(NOTHING, i32::max)
    }

    /// The `count` mentors with the largest gains above `floor`, best first.
    pub(super) fn best(&mut self, mentee: usize, count: usize, floor: i32) -> &[PricedMentor] {
        self.offers.clear();
        self.scan_blocks(mentee);
        if self.most() <= floor {
            return &self.offers;
        }
        // At least `count` blocks have a mentor with this gain, so all wanted mentors have at least this gain.
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
                    self.offers.push(PricedMentor { less: -left, lot: self.market.lot(mentee, mentor), mentor });
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

/// The gain with a mentor. Scores have 14 bits and tags at most 31, so nothing wraps. Plain operators would check each
/// operation.
fn left(score: u16, tag: i32, least: u16) -> i32 {
    if score >= least { i32::from(score).wrapping_sub(tag) } else { NOTHING }
}
