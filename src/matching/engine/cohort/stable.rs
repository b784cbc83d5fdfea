//! A plan in which no two people would both rather have each other: mentees propose, mentors keep the best of those who
//! came so far (Gale & Shapley's deferred acceptance, with places).

use super::core::index;
use super::market::Market;
use super::rankings::{Rankings, Ranks, Wish};

/// So many mentors of a mentee are put in order at first; whoever is refused by all of them looks at twice as many more.
const AT_FIRST: usize = 32;

/// A wish, and the lot for those who are wanted equally.
type Choice = (Wish, u32, u32);

/// A mentee who proposes.
#[derive(Clone, Debug, Default)]
struct Suitor {
    /// Mentors still to be asked, the most wanted last.
    next: Vec<Choice>,
    /// The last who was put in order.
    last: Option<Choice>,
    /// How many were put in order last time.
    count: usize,
}

struct Acceptance<'a> {
    market: &'a Market<'a>,
    mentees: Ranks,
    mentors: Ranks,
    suitors: Vec<Suitor>,
    /// Whom each mentor keeps.
    kept: Vec<Vec<Choice>>,
    /// Room to put mentors in order.
    all: Vec<Choice>,
}

/// The mentor of each mentee.
pub(super) fn accepted(market: &Market<'_>, rankings: Rankings<'_>) -> Vec<Option<u32>> {
    let mut acceptance = Acceptance {
        market,
        mentees: Ranks::new(rankings.mentees),
        mentors: Ranks::new(rankings.mentors),
        suitors: vec![Suitor::default(); market.mentees()],
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
    /// A mentee asks a mentor. Who is refused: nobody, the mentee, or another one.
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

    /// The next mentor whom a mentee asks.
    fn next(&mut self, mentee: u32) -> Option<u32> {
        if self.suitors[mentee as usize].next.is_empty() {
            self.look(mentee as usize);
        }
        self.suitors[mentee as usize].next.pop().map(|(.., mentor)| mentor)
    }

    /// Puts more mentors in order.
    fn look(&mut self, mentee: usize) {
        let (market, suitor) = (self.market, &mut self.suitors[mentee]);
        let row = market.mentee_at(mentee);
        let allowed = market.row(mentee).iter().enumerate().filter(|(_, score)| **score >= market.least());
        let choices = allowed.map(|(column, score)| {
            let mentor = market.number(column);
            (self.mentees.wish(row, market.mentor_at(mentor), *score), market.lot(mentee, mentor), mentor)
        });
        suitor.count = (2 * suitor.count).max(AT_FIRST);
        let left = choices.filter(|choice| suitor.last.is_none_or(|last| *choice > last));
        let all = &mut self.all;
        all.clear();
        all.extend(left.filter(|choice| market.places(choice.2 as usize) > 0));
        if all.len() > suitor.count {
            all.select_nth_unstable(suitor.count);
            all.truncate(suitor.count);
        }
        all.sort_unstable_by(|one, other| other.cmp(one));
        suitor.next.clone_from(all);
        suitor.last = suitor.next.first().copied().or(suitor.last);
    }
}
