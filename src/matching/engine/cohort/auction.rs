//! What places are worth, roughly: everybody bids for the mentor who leaves them most, in rounds of ever smaller
//! steps (Bertsekas' auction with equal places). Where all mentees want the same mentors, the best of each
//! mentee are a bad core; the best at these prices are a good one.

use std::collections::VecDeque;

use super::instance::Instance;

/// The steps by which bids rise.
const STEPS: [i32; 4] = [2000, 400, 80, 16];
/// So many bids a mentee and round: those of a hopeless few come to an end.
const BIDS: usize = 30;

/// A price for each mentor.
pub(super) fn prices(instance: &Instance<'_>) -> Vec<i32> {
    let mut prices = vec![0; instance.places().len()];
    for step in STEPS {
        let mut places: Vec<Vec<(i32, Option<usize>)>> =
            instance.places().iter().zip(&prices).map(|(count, price)| vec![(*price, None); usize::from(*count)]).collect();
        let mut waiting: VecDeque<usize> = (0..instance.mentees()).collect();
        let mut bids = BIDS * instance.mentees();
        while let Some(mentee) = waiting.pop_front().filter(|_| bids > 0) {
            bids -= 1;
            let Some((mentor, lead)) = best(instance, mentee, &prices) else { continue };
            let Some(place) = places[mentor].iter_mut().min_by_key(|(price, _)| *price) else { continue };
            waiting.extend(place.1.replace(mentee));
            place.0 += lead + step;
            prices[mentor] = places[mentor].iter().map(|(price, _)| *price).min().unwrap_or(0);
        }
        // A place that nobody took costs nothing.
        for (price, places) in prices.iter_mut().zip(&places) {
            let is_full = places.iter().all(|(_, owner)| owner.is_some());
            *price = if is_full { (*price - step).max(0) } else { 0 };
        }
    }
    prices
}

/// The mentor who leaves this mentee most, and by how much more than the next one, or than nobody.
fn best(instance: &Instance<'_>, mentee: usize, prices: &[i32]) -> Option<(usize, i32)> {
    let (mut first, mut second, mut mentor) = (0, 0, None);
    for (place, (value, price)) in instance.row(mentee).iter().zip(prices).enumerate() {
        let left = i32::from(*value) - price;
        if left > second && *value > 0 && instance.places()[place] > 0 {
            if left > first {
                (second, first, mentor) = (first, left, Some(place));
            } else {
                second = left;
            }
        }
    }
    mentor.map(|mentor| (mentor, first - second))
}
