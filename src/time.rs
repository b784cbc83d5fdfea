//! Days and moments from outside: exactly as RFC 3339 writes them, and such as both engines hold.

use chrono::{DateTime, Datelike as _, NaiveDate, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A day of the calendar, such as `2026-05-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(NaiveDate);

/// A moment, such as `2026-05-01T09:30:00Z`, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(DateTime<Utc>);

impl Day {
    /// Takes a day, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_full = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day: NaiveDate = text.parse().ok().filter(|_| is_full).ok_or("must be a day such as 2026-05-01")?;
        if (1900..2200).contains(&day.year()) { Ok(Self(day)) } else { Err("must be a day of the years 1900 to 2199") }
    }
}

impl Moment {
    /// Takes a moment, or says what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "must be a moment such as 2026-05-01T09:30:00Z";
        // The reader also takes a space there.
        if !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
            return Err(WRONG);
        }
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| WRONG)?.to_utc();
        // PostgreSQL keeps microseconds and knows no leap seconds; SQLite must agree.
        let kept = DateTime::from_timestamp_micros(moment.timestamp_micros()).ok_or(WRONG)?;
        if (1..=9999).contains(&kept.year()) { Ok(Self(kept)) } else { Err("must be of the years 1 to 9999, in UTC") }
    }
}

impl From<Day> for NaiveDate {
    fn from(day: Day) -> Self {
        day.0
    }
}

impl From<Moment> for DateTime<Utc> {
    fn from(moment: Moment) -> Self {
        moment.0
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        let day = ObjectBuilder::new().schema_type(Type::String);
        let day = day.format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).max_length(Some(10));
        day.description(Some("A day of the years 1900 to 2199.")).examples([serde_json::json!("2026-05-01")]).into()
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        let moment = ObjectBuilder::new().schema_type(Type::String);
        let moment = moment.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).max_length(Some(35));
        moment.examples([serde_json::json!("2026-05-01T09:30:00Z")]).into()
    }
}

impl ToSchema for Day {}
impl ToSchema for Moment {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_written_in_full() {
        assert_eq!(NaiveDate::from(Day::parse("2026-05-01").unwrap()), NaiveDate::from_ymd_opt(2026, 5, 1).unwrap());
        for wrong in [
            "2026-5-1",
            " 2026-05-01",
            "+2026-05-01",
            "2026-02-30",
            "12026-05-1",
            "0000-01-01",
            "1899-12-31",
            "2200-01-01",
            "20260501",
            "",
        ] {
            assert!(Day::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn moments_are_kept_to_the_microsecond() {
        let parse = |text| DateTime::<Utc>::from(Moment::parse(text).unwrap()).to_rfc3339();
        assert_eq!(parse("2026-05-01T09:30:00.1234567+02:00"), "2026-05-01T07:30:00.123456+00:00");
        assert_eq!(parse("2016-12-31t23:59:60z"), "2017-01-01T00:00:00+00:00");
        for wrong in [
            "2026-05-01 09:30:00Z",
            "2026-05-01T09:30:00",
            "2026-05-01",
            "0001-01-01T00:00:00+01:00",
            "9999-12-31T23:59:59-01:00",
            "+12026-05-01T09:30:00Z",
            "0000-06-01T00:00:00Z",
            "",
        ] {
            assert!(Moment::parse(wrong).is_err(), "{wrong}");
        }
    }
}
