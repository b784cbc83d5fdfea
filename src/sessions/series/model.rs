//! When the sessions of a series are: the same time on the clock, whatever summer time does.

use chrono::{DateTime, Datelike as _, Days, Months, NaiveDate, NaiveDateTime, Utc};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize};
use sqlx::FromRow;
use utoipa::ToSchema;

use crate::ids::{PairId, SessionId};
use crate::number::whole;
use crate::pairs::model::Cadence;
use crate::problem::Problem;
use crate::sessions::session::model::LengthMinutes;
use crate::text::TimeZone;
use crate::time::moment_of;

/// How many sessions a series has: 2 to 52.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[sqlx(transparent)]
#[schema(minimum = 2, maximum = 52, examples(12))]
pub struct Times(i64);

impl Times {
    /// As a number.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for Times {
    type Error = &'static str;

    fn try_from(times: i64) -> Result<Self, Self::Error> {
        if (2..=52).contains(&times) { Ok(Self(times)) } else { Err("must be from 2 to 52") }
    }
}

impl<'de> Deserialize<'de> for Times {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        whole(from)
    }
}

/// How sessions repeat, as they were scheduled. What became of each, its own record tells.
#[derive(Clone, Debug, FromRow)]
pub struct Series {
    /// Names the series: its first session.
    pub id: SessionId,
    /// The pair that talks.
    pub pair_id: PairId,
    /// How often.
    pub cadence: Cadence,
    /// How many sessions.
    pub times: Times,
    /// When the first one begins.
    pub starts_at: DateTime<Utc>,
    /// Where the clock stands that shows the same time for each.
    pub time_zone: TimeZone,
    /// How long each lasts.
    pub length_minutes: LengthMinutes,
}

/// From one session to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many weeks.
    Weeks(u8),
    /// A month: on this weekday of it, the first to the fourth, or (`None`) the last.
    Month(Option<u8>),
}

impl Series {
    /// Where the clock stands.
    pub fn zone(&self) -> Tz {
        self.time_zone.rules()
    }

    /// From one session to the next. `None`: that cadence has no rhythm.
    pub fn step(&self) -> Option<Step> {
        match self.cadence {
            Cadence::Weekly => Some(Step::Weeks(1)),
            Cadence::Biweekly => Some(Step::Weeks(2)),
            Cadence::Monthly => {
                let week = (self.local_start().day0() / 7 + 1).try_into().unwrap_or(u8::MAX);
                // Not every month has a fifth Monday; each has a last one.
                Some(Step::Month((week < 5).then_some(week)))
            }
            Cadence::AsNeeded => None,
        }
    }

    /// When each session begins.
    pub fn occurrences(&self) -> Result<Vec<DateTime<Utc>>, Problem> {
        let no_rhythm = || Problem::invalid("/repeat/cadence", "must be weekly, biweekly or monthly");
        let (step, first, zone) = (self.step().ok_or_else(no_rhythm)?, self.local_start(), self.zone());
        let too_far = || Problem::invalid("/repeat/times", "leads beyond the calendar");
        let times = u32::try_from(self.times.get()).unwrap_or_default();
        let days = (0..times).map(|nth| match step {
            Step::Weeks(weeks) => first.date().checked_add_days(Days::new(u64::from(nth) * u64::from(weeks) * 7)),
            Step::Month(week) => month_later(first.date(), nth, week),
        });
        days.map(|day| day.map(|day| moment_of(day.and_time(first.time()), zone)).ok_or_else(too_far)).collect()
    }

    fn local_start(&self) -> NaiveDateTime {
        self.starts_at.with_timezone(&self.zone()).naive_local()
    }
}

/// The same weekday so many months later.
fn month_later(first: NaiveDate, months: u32, week: Option<u8>) -> Option<NaiveDate> {
    let month = first.checked_add_months(Months::new(months))?;
    let nth = |week| NaiveDate::from_weekday_of_month_opt(month.year(), month.month(), first.weekday(), week);
    match week {
        Some(week) => nth(week),
        None => nth(5).or_else(|| nth(4)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(starts_at: &str, cadence: Cadence, times: i64) -> Series {
        Series {
            id: uuid::Uuid::nil().into(),
            pair_id: uuid::Uuid::nil().into(),
            cadence,
            times: times.try_into().expect("times"),
            starts_at: starts_at.parse().expect("a time"),
            time_zone: TimeZone::parse("Europe/Zurich").expect("a zone"),
            length_minutes: LengthMinutes::default(),
        }
    }

    fn starts(series: &Series) -> Vec<String> {
        let at = |at: DateTime<Utc>| at.format("%m-%d %H:%M").to_string();
        series.occurrences().expect("a rhythm").into_iter().map(at).collect()
    }

    #[test]
    fn summer_time_moves_the_moment_and_not_the_clock() {
        let weekly = series("2027-03-22T15:00:00Z", Cadence::Weekly, 3);
        assert_eq!(starts(&weekly), ["03-22 15:00", "03-29 14:00", "04-05 14:00"]);
        let biweekly = series("2027-10-18T07:30:00Z", Cadence::Biweekly, 2);
        assert_eq!(starts(&biweekly), ["10-18 07:30", "11-01 08:30"]);
    }

    #[test]
    fn a_time_that_the_clock_leaves_out_is_read_before_it_was_put_forward() {
        // At 02:30 on Sundays; on 28 March clocks go from 02:00 to 03:00.
        let weekly = series("2027-03-21T01:30:00Z", Cadence::Weekly, 3);
        assert_eq!(starts(&weekly), ["03-21 01:30", "03-28 01:30", "04-04 00:30"]);
        // On 31 October 02:30 comes twice: the first one.
        let weekly = series("2027-10-24T00:30:00Z", Cadence::Weekly, 3);
        assert_eq!(starts(&weekly), ["10-24 00:30", "10-31 00:30", "11-07 01:30"]);
    }

    #[test]
    fn a_month_later_is_the_same_weekday() {
        // The second Tuesday, and the fifth one, which not every month has.
        let second = series("2027-01-12T15:00:00Z", Cadence::Monthly, 3);
        assert_eq!(
            (starts(&second), second.step()),
            (vec!["01-12 15:00".into(), "02-09 15:00".into(), "03-09 15:00".into()], Some(Step::Month(Some(2))))
        );
        let last = series("2027-03-30T14:00:00Z", Cadence::Monthly, 3);
        assert_eq!(
            (starts(&last), last.step()),
            (vec!["03-30 14:00".into(), "04-27 14:00".into(), "05-25 14:00".into()], Some(Step::Month(None)))
        );
    }

    #[test]
    fn as_needed_is_no_rhythm() {
        assert!(series("2027-03-22T15:00:00Z", Cadence::AsNeeded, 3).occurrences().is_err());
    }
}
