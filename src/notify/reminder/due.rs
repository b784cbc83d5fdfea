//! When what is due: rules without I/O.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, TimeDelta, Utc};

use super::store::{DueItem, LiveGoal, LivePair, NearSession, OpenProposal};
use crate::insights::health::model::{Facts, PATIENCE};
use crate::outbox::Event;
use crate::text::TimeZone;
use crate::time::TimeOfDay;

/// A session is told of this long before; the agenda should be there by then.
pub const BEFORE_SESSIONS: TimeDelta = TimeDelta::hours(24);
/// Who has not answered a proposal is told so many days before it lapses.
pub const BEFORE_LAPSE: Days = Days::new(3);
/// A goal whose progress nobody reported for so many days is asked about.
const BETWEEN_CHECK_INS: i64 = 30;
/// The month in which a pair looks back at its first half.
const MIDPOINT: u32 = 3;
/// What came due while no instance ran is told later, up to this late.
pub const CATCH_UP: TimeDelta = TimeDelta::days(2);

/// Something to remind of, and the moment that names it.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// What is told.
    pub event: Event,
    /// Since when it is due: nothing is told twice of the same moment.
    pub at: DateTime<Utc>,
}

/// In the morning of that day, by the clock of who is reminded.
fn morning(day: NaiveDate, zone: &TimeZone) -> DateTime<Utc> {
    TimeOfDay::NINE.on(day, zone.rules())
}

/// Whether it came due, and not too long ago.
fn is_due(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at <= now && at > now - CATCH_UP
}

impl NearSession {
    /// What is to be told of a session that is at most a day away; nothing if it was scheduled so late that the
    /// invitation is reminder enough.
    pub fn due(&self) -> Vec<Due> {
        if self.created_at > self.starts_at - BEFORE_SESSIONS {
            return Vec::new();
        }
        let due = |event| Due { event, at: self.starts_at };
        let agenda = (!self.has_agenda).then(|| due(Event::AgendaMissing(self.id)));
        [due(Event::SessionUpcoming(self.id))].into_iter().chain(agenda).collect()
    }
}

impl DueItem {
    /// In the morning of the day on which it is due.
    pub fn due(&self, now: DateTime<Utc>) -> Option<Due> {
        let at = morning(self.due_on, &self.time_zone);
        is_due(at, now).then_some(Due { event: Event::ActionItemDue(self.id), at })
    }
}

impl OpenProposal {
    /// Three days before the last one.
    pub fn due(&self, now: DateTime<Utc>) -> Option<Due> {
        let at = morning(self.expires_on.checked_sub_days(BEFORE_LAPSE)?, &self.time_zone);
        is_due(at, now).then_some(Due { event: Event::PairExpiring(self.id), at })
    }
}

impl LivePair {
    /// Every month after its first day, the third time with a look back.
    pub fn due(&self, now: DateTime<Utc>) -> Option<Due> {
        let today = now.date_naive();
        let months = (today.year() - self.starts_on.year()) * 12 + today.month0().cast_signed()
            - self.starts_on.month0().cast_signed();
        // A month may have been over yesterday, or be over tomorrow somewhere.
        let near = [months - 1, months, months + 1].into_iter().filter_map(|months| u32::try_from(months).ok());
        near.filter(|months| *months > 0).find_map(|months| {
            let at = morning(self.starts_on.checked_add_months(Months::new(months))?, &self.time_zone);
            let event = if months == MIDPOINT { Event::PairMidpoint(self.id) } else { Event::PairReviewDue(self.id) };
            is_due(at, now).then_some(Due { event, at })
        })
    }
}

/// What a pair is to look into before others do: each finding once.
pub fn due_of_health(facts: &Facts, now: DateTime<Utc>) -> Vec<Due> {
    let fresh =
        facts.findings(now).into_iter().filter(|finding| !finding.is_for_leads() && finding.since > now - PATIENCE);
    fresh.map(|finding| Due { event: Event::PairNeedsAttention(facts.id), at: finding.since }).collect()
}

impl LiveGoal {
    /// Every thirty days without a report.
    pub fn due(&self, now: DateTime<Utc>) -> Option<Due> {
        let since = self.checked_in_at.unwrap_or(self.activated_at);
        let zone = self.time_zone.rules();
        let since = since.with_timezone(&zone).date_naive();
        let days = (now.with_timezone(&zone).date_naive() - since).num_days();
        let periods = days / BETWEEN_CHECK_INS;
        [periods - 1, periods].into_iter().filter(|periods| *periods > 0).find_map(|periods| {
            let at = morning(since + TimeDelta::days(periods * BETWEEN_CHECK_INS), &self.time_zone);
            is_due(at, now).then_some(Due { event: Event::GoalCheckInDue(self.id), at })
        })
    }
}
