//! The rules for when a reminder is due, without I/O.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, TimeDelta, Utc};
use sqlx::FromRow;

use crate::ids::{ActionItemId, GoalId, PairId, SessionId};
use crate::insights::health::model::{GRACE_PERIOD, PairFacts};
use crate::outbox::Event;
use crate::text::TimeZone;
use crate::time::TimeOfDay;

/// How long before a session its reminder is due; the session should have an agenda by then.
pub const BEFORE_SESSIONS: TimeDelta = TimeDelta::hours(24);
/// Number of days before a proposal expires at which its reminder is due.
pub const BEFORE_LAPSE: Days = Days::new(3);
/// Number of days without a check-in after which the reminder of a goal is due.
const BETWEEN_CHECK_INS: i64 = 30;
/// Number of months after which a pair reviews its first half.
const MIDPOINT: u32 = 3;
/// How late a reminder may be, if no instance ran when it was due.
pub const CATCH_UP: TimeDelta = TimeDelta::days(2);

/// A reminder that is due. The event and the time identify it.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// The event to write.
    pub event: Event,
    /// When the reminder became due. There is at most one event for the same record and time.
    pub at: DateTime<Utc>,
}

/// A session that starts soon.
#[derive(Clone, Debug, FromRow)]
pub struct NearSession {
    /// Id of the session.
    pub id: SessionId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// Start of the session.
    pub starts_at: DateTime<Utc>,
    /// When the session was scheduled.
    pub created_at: DateTime<Utc>,
    /// Whether the session has an agenda item.
    pub has_agenda: bool,
}

/// An open action item with a due date.
#[derive(Clone, Debug, FromRow)]
pub struct DueItem {
    /// Id of the action item.
    pub id: ActionItemId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// Due date.
    pub due_on: NaiveDate,
    /// Time zone of the owner.
    pub time_zone: TimeZone,
}

/// A proposed pair that waits for an answer.
#[derive(Clone, Debug, FromRow)]
pub struct OpenProposal {
    /// Id of the pair.
    pub id: PairId,
    /// The last day to answer.
    pub expires_on: NaiveDate,
    /// Time zone of the mentee.
    pub time_zone: TimeZone,
}

/// An active pair.
#[derive(Clone, Debug, FromRow)]
pub struct LivePair {
    /// Id of the pair.
    pub id: PairId,
    /// First day of the pair.
    pub starts_on: NaiveDate,
    /// Time zone of the mentee.
    pub time_zone: TimeZone,
}

/// An active goal.
#[derive(Clone, Debug, FromRow)]
pub struct LiveGoal {
    /// Id of the goal.
    pub id: GoalId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// When the goal became active.
    pub activated_at: DateTime<Utc>,
    /// Time of the last check-in. `None`: there is none.
    pub checked_in_at: Option<DateTime<Utc>>,
    /// Time zone of the owner.
    pub time_zone: TimeZone,
}

/// The morning of a day, in the time zone of the recipient.
fn morning(day: NaiveDate, zone: &TimeZone) -> DateTime<Utc> {
    TimeOfDay::NINE.on(day, zone.rules())
}

/// Whether a reminder became due, and not too long ago.
fn is_due(at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    at <= now && at > now - CATCH_UP
}

impl NearSession {
    /// The reminders of a session that starts within a day. None if it was scheduled less than a day ahead, because its
    /// invitation is a reminder as well.
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
    /// Due in the morning of the due date.
    pub fn due(&self, now: DateTime<Utc>) -> Option<Due> {
        let at = morning(self.due_on, &self.time_zone);
        is_due(at, now).then_some(Due { event: Event::ActionItemDue(self.id), at })
    }
}

impl OpenProposal {
    /// Due three days before the last day to answer.
    pub fn due(&self, now: DateTime<Utc>) -> Option<Due> {
        let at = morning(self.expires_on.checked_sub_days(BEFORE_LAPSE)?, &self.time_zone);
        is_due(at, now).then_some(Due { event: Event::PairExpiring(self.id), at })
    }
}

impl LivePair {
    /// Due every month after the first day. The third reminder is the midpoint.
    pub fn due(&self, now: DateTime<Utc>) -> Option<Due> {
        let today = now.date_naive();
        let months = (today.year() - self.starts_on.year()) * 12 + today.month0().cast_signed()
            - self.starts_on.month0().cast_signed();
        // Depending on the time zone, a month may have ended yesterday or end tomorrow.
        let near = [months - 1, months, months + 1].into_iter().filter_map(|months| u32::try_from(months).ok());
        near.filter(|months| *months > 0).find_map(|months| {
            let at = morning(self.starts_on.checked_add_months(Months::new(months))?, &self.time_zone);
            let event = if months == MIDPOINT { Event::PairMidpoint(self.id) } else { Event::PairReviewDue(self.id) };
            is_due(at, now).then_some(Due { event, at })
        })
    }
}

/// The findings that a pair should know before its leads: one reminder for each finding.
pub fn due_of_health(facts: &PairFacts, now: DateTime<Utc>) -> Vec<Due> {
    let fresh =
        facts.findings(now).into_iter().filter(|finding| !finding.is_for_leads() && finding.since > now - GRACE_PERIOD);
    fresh.map(|finding| Due { event: Event::PairNeedsAttention(facts.id), at: finding.since }).collect()
}

impl LiveGoal {
    /// Due every thirty days without a check-in.
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
