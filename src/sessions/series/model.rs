//! Calculates the times of the sessions of a series. The local time stays the same when daylight saving time begins or
//! ends.

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

/// Number of sessions in a series, 2 to 52.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, sqlx::Type, ToSchema)]
#[sqlx(transparent)]
#[schema(minimum = 2, maximum = 52, examples(12))]
pub struct SeriesLength(i64);

impl SeriesLength {
    /// The number itself.
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<i64> for SeriesLength {
    type Error = &'static str;

    fn try_from(times: i64) -> Result<Self, Self::Error> {
        if (2..=52).contains(&times) { Ok(Self(times)) } else { Err("must be from 2 to 52") }
    }
}

impl<'de> Deserialize<'de> for SeriesLength {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        whole(from)
    }
}

/// A series as it was scheduled. The record of each session has its current state.
#[derive(Clone, Debug, FromRow)]
pub struct Series {
    /// Id of the series: the id of its first session.
    pub id: SessionId,
    /// Id of the pair.
    pub pair_id: PairId,
    /// Time between two sessions.
    pub cadence: Cadence,
    /// Number of sessions.
    pub times: SeriesLength,
    /// Start of the first session.
    pub starts_at: DateTime<Utc>,
    /// Time zone in which all sessions start at the same local time.
    pub time_zone: TimeZone,
    /// Length of each session.
    pub length_minutes: LengthMinutes,
}

/// Time from one session to the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesInterval {
    /// A number of weeks.
    Weeks(u8),
    /// A month. The session is on the same weekday: the first to the fourth of the month, or (`None`) the last.
    Month(Option<u8>),
}

impl Series {
    /// The time zone.
    pub fn zone(&self) -> Tz {
        self.time_zone.rules()
    }

    /// Time from one session to the next. `None`: the cadence has no fixed interval.
    pub fn interval(&self) -> Option<SeriesInterval> {
        match self.cadence {
            Cadence::Weekly => Some(SeriesInterval::Weeks(1)),
            Cadence::Biweekly => Some(SeriesInterval::Weeks(2)),
            Cadence::Monthly => {
                let week = (self.local_start().day0() / 7 + 1).try_into().unwrap_or(u8::MAX);
                // Not every month has a fifth Monday; each has a last one.
                Some(SeriesInterval::Month((week < 5).then_some(week)))
            }
            Cadence::AsNeeded => None,
        }
    }

    /// The starts of all sessions.
    pub fn occurrences(&self) -> Result<Vec<DateTime<Utc>>, Problem> {
        let no_interval = || Problem::invalid("/repeat/cadence", "must be weekly, biweekly or monthly");
        let (interval, first, zone) = (self.interval().ok_or_else(no_interval)?, self.local_start(), self.zone());
        let too_far = || {
            Problem::invalid(
                "/repeat/times",
                "must be smaller: the last session is after the last date of the calendar",
            )
        };
        let times = u32::try_from(self.times.get()).unwrap_or_default();
        let days = (0..times).map(|nth| match interval {
            SeriesInterval::Weeks(weeks) => {
                first.date().checked_add_days(Days::new(u64::from(nth) * u64::from(weeks) * 7))
            }
            SeriesInterval::Month(week) => month_later(first.date(), nth, week),
        });
        days.map(|day| day.map(|day| moment_of(day.and_time(first.time()), zone)).ok_or_else(too_far)).collect()
    }

    fn local_start(&self) -> NaiveDateTime {
        self.starts_at.with_timezone(&self.zone()).naive_local()
    }
}

/// The same weekday, `months` months later.
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
        series.occurrences().expect("an interval").into_iter().map(at).collect()
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
        // Sundays at 02:30. On 28 March clocks go from 02:00 to 03:00.
        let weekly = series("2027-03-21T01:30:00Z", Cadence::Weekly, 3);
        assert_eq!(starts(&weekly), ["03-21 01:30", "03-28 01:30", "04-04 00:30"]);
        // On 31 October 02:30 occurs twice: the first one counts.
        let weekly = series("2027-10-24T00:30:00Z", Cadence::Weekly, 3);
        assert_eq!(starts(&weekly), ["10-24 00:30", "10-31 00:30", "11-07 01:30"]);
    }

    #[test]
    fn a_month_later_is_the_same_weekday() {
        // The second Tuesday, and the fifth one, which not every month has.
        let second = series("2027-01-12T15:00:00Z", Cadence::Monthly, 3);
        assert_eq!(
            (starts(&second), second.interval()),
            (
                vec!["01-12 15:00".into(), "02-09 15:00".into(), "03-09 15:00".into()],
                Some(SeriesInterval::Month(Some(2)))
            )
        );
        let last = series("2027-03-30T14:00:00Z", Cadence::Monthly, 3);
        assert_eq!(
            (starts(&last), last.interval()),
            (vec!["03-30 14:00".into(), "04-27 14:00".into(), "05-25 14:00".into()], Some(SeriesInterval::Month(None)))
        );
    }

    #[test]
    fn as_needed_is_no_interval() {
        assert!(series("2027-03-22T15:00:00Z", Cadence::AsNeeded, 3).occurrences().is_err());
    }
}
