//! A stable plan: no mentee and mentor both prefer each other to what they have. Mentees propose, and mentors keep the
//! best proposals within their capacity (deferred acceptance of Gale & Shapley).

use super::core::index;
use super::market::Market;
use super::rankings::{Rankings, Ranks, Wish};

/// Number of mentors that are ranked for a mentee at first. If all refuse, twice as many more are ranked.
const FIRST_RANKED: usize = 32;

/// A wish, the lot for equal wishes, and the other person.
type Choice = (Wish, u32, u32);

/// A mentee who proposes.
#[derive(Clone, Debug, Default)]
struct Proposer {
    /// Ranked mentors who are not asked yet, most wanted last.
    next: Vec<Choice>,
    /// The last ranked mentor.
    last: Option<Choice>,
    /// Number of mentors ranked the last time.
    count: usize,
}

struct Acceptance<'a> {
    market: &'a Market<'a>,
    mentees: Ranks,
    mentors: Ranks,
    proposers: Vec<Proposer>,
    /// The mentees that each mentor keeps.
    kept: Vec<Vec<Choice>>,
    /// Buffer to rank mentors.
    all: Vec<Choice>,
}

/// The mentor of each mentee.
pub(super) fn accepted(market: &Market<'_>, rankings: Rankings<'_>) -> Vec<Option<u32>> {
    let mut acceptance = Acceptance {
        market,
        mentees: Ranks::new(rankings.mentees),
        mentors: Ranks::new(rankings.mentors),
        proposers: vec![Proposer::default(); market.mentees()],
        kept: vec![Vec::new(); market.mentors()],
        all: Vec::new(),
    };
    for mentee in (0..).take(market.mentees()) {
        let mut refused = Some(mentee);
        while let Some(mentee) = refused {
            refused = acceptance.next(mentee).and_then(|mentor| acceptance.propose(mentee, mentor));
        }
    }
    let mut mentors = vec![None; market.mentees()];
    for (mentor, kept) in (0..).zip(acceptance.kept) {
        for (.., mentee) in kept {
            mentors[mentee as usize] = Some(mentor);
        }
    }
    mentors
}

impl Acceptance<'_> {
    /// A mentee asks a mentor. Returns the mentee who is refused, if any: this one or another one.
    fn propose(&mut self, mentee: u32, mentor: u32) -> Option<u32> {
        let (market, kept) = (self.market, &mut self.kept[mentor as usize]);
        let (row, column) = (market.mentee_at(mentee as usize), market.mentor_at(mentor));
        let score = market.row(mentee as usize)[column as usize];
        let wish = self.mentors.wish(column as usize, index(row), score);
        kept.push((wish, market.lot(mentee as usize, mentor), mentee));
        if kept.len() <= market.places(mentor as usize) {
            return None;
        }
        let worst = kept.iter().zip(0..).max().map(|(_, place)| place);
        worst.map(|place| kept.swap_remove(place).2)
    }

    /// The next mentor for a mentee to ask.
    fn next(&mut self, mentee: u32) -> Option<u32> {
        if self.proposers[mentee as usize].next.is_empty() {
            self.rank_more_mentors(mentee as usize);
        }
        self.proposers[mentee as usize].next.pop().map(|(.., mentor)| mentor)
    }

    /// Ranks more mentors for a mentee.
    fn rank_more_mentors(&mut self, mentee: usize) {
        let (market, proposer) = (self.market, &mut self.proposers[mentee]);
        let row = market.mentee_at(mentee);
        let allowed = market.row(mentee).iter().enumerate().filter(|(_, score)| **score >= market.least());
        let choices = allowed.map(|(column, score)| {
            let mentor = market.number(column);
            (self.mentees.wish(row, market.mentor_at(mentor), *score), market.lot(mentee, mentor), mentor)
        });
        proposer.count = (2 * proposer.count).max(FIRST_RANKED);
        let left = choices.filter(|choice| proposer.last.is_none_or(|last| *choice > last));
        let all = &mut self.all;
        all.clear();
        all.extend(left.filter(|choice| market.places(choice.2 as usize) > 0));
        if all.len() > proposer.count {
            all.select_nth_unstable(proposer.count);
            all.truncate(proposer.count);
        }
        all.sort_unstable_by(|one, other| other.cmp(one));
        proposer.next.clone_from(all);
        proposer.last = proposer.next.first().copied().or(proposer.last);
    }
}
