//! Quarters as the periods of reports. They must be over and do not overlap, so no report can be subtracted from
//! another.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};
use serde::{Deserialize, Deserializer};
use uuid::{Builder, Uuid};

/// A quarter of a year, in UTC: `2026-Q1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quarter {
    begins_on: NaiveDate,
}

impl Quarter {
    const FORM: &'static str = "must be a quarter such as 2026-Q1";

    fn parse(text: &str) -> Option<Self> {
        let (year, number) = text.split_once("-Q")?;
        let is_year = year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
        let month = match number {
            "1" => 1,
            "2" => 4,
            "3" => 7,
            "4" => 10,
            _ => return None,
        };
        // Ids contain a time from 1970 on.
        let year = year.parse().ok().filter(|year| is_year && *year >= 1970)?;
        NaiveDate::from_ymd_opt(year, month, 1).map(|begins_on| Self { begins_on })
    }

    /// The last quarter that is over.
    pub fn last(now: DateTime<Utc>) -> Self {
        let today = now.date_naive();
        let begins_on = today.with_day(1).and_then(|day| day.with_month0(today.month0() / 3 * 3)).unwrap_or(today);
        Self { begins_on: begins_on - Months::new(3) }
    }

    /// Whether it is over.
    pub fn is_over(self, now: DateTime<Utc>) -> bool {
        now >= self.ends_at()
    }

    /// Its first moment.
    pub fn begins_at(self) -> DateTime<Utc> {
        self.begins_on.and_time(NaiveTime::MIN).and_utc()
    }

    /// The first moment after it.
    pub fn ends_at(self) -> DateTime<Utc> {
        (self.begins_on + Months::new(3)).and_time(NaiveTime::MIN).and_utc()
    }

    /// Range of the ids of its records, which sort by time: the first is included, the second is not.
    pub fn ids(self) -> (Uuid, Uuid) {
        (first_id(self.begins_at()), first_id(self.ends_at()))
    }
}

fn first_id(at: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(at.timestamp_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid()
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.begins_on.year(), self.begins_on.month0() / 3 + 1)
    }
}

impl<'de> Deserialize<'de> for Quarter {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(Self::FORM))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_written_one_way() {
        for text in ["2026-Q1", "1999-Q4", "2024-Q3", "1970-Q1"] {
            assert_eq!(Quarter::parse(text).unwrap().to_string(), text);
        }
        for text in ["", "2026", "2026-Q0", "2026-Q5", "2026-q1", "26-Q1", "+026-Q1", "2026-Q01", "1969-Q4", "2026-Q1 "]
        {
            assert_eq!(Quarter::parse(text), None, "{text}");
        }
    }

    #[test]
    fn quarters_follow_each_other_without_a_gap() {
        let last = Quarter::last("2026-03-02T09:00:00Z".parse().unwrap());
        assert_eq!(last.to_string(), "2025-Q4");
        let begin: DateTime<Utc> = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(last.ends_at(), begin);
        assert_eq!(last.ids().1, Quarter::parse("2026-Q1").unwrap().ids().0);
        assert!(last.is_over(begin) && !Quarter::parse("2026-Q1").unwrap().is_over(begin));
        assert_eq!(Quarter::last(begin), last);
    }
}
