//! Days and times from requests: in the form of RFC 3339, and only values that both database engines can store.

use chrono::{
    DateTime, Datelike as _, NaiveDate, NaiveDateTime, NaiveTime, Offset as _, TimeDelta, TimeZone as _, Timelike as _,
    Utc,
};
use chrono_tz::Tz;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// A day of the calendar, such as `2026-05-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Day(NaiveDate);

/// A point in time, such as `2026-05-01T09:30:00Z`, to the microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment(DateTime<Utc>);

/// A time of day such as `08:30`, in any time zone; kept as minutes after midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, sqlx::Type)]
#[sqlx(transparent)]
pub struct TimeOfDay(i64);

impl Day {
    /// Parses a day. The error is the text for the client.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_full = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let day: NaiveDate = text.parse().ok().filter(|_| is_full).ok_or("must be a day such as 2026-05-01")?;
        if (1900..2200).contains(&day.year()) { Ok(Self(day)) } else { Err("must be a day from 1900 to 2199") }
    }
}

impl Moment {
    /// Parses a date and time. The error is the text for the client.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        const WRONG: &str = "must be a date and time with a time zone, such as 2026-05-01T09:30:00Z";
        // The parser of `chrono` also accepts a space there.
        if !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
            return Err(WRONG);
        }
        let moment = DateTime::parse_from_rfc3339(text).map_err(|_| WRONG)?.to_utc();
        // PostgreSQL keeps microseconds and knows no leap seconds; SQLite must agree.
        let kept = DateTime::from_timestamp_micros(moment.timestamp_micros()).ok_or(WRONG)?;
        if (1..=9999).contains(&kept.year()) { Ok(Self(kept)) } else { Err("must be in the years 1 to 9999 (UTC)") }
    }
}

impl TimeOfDay {
    /// Nine in the morning.
    pub const NINE: Self = Self(9 * 60);

    /// Parses a time of day. The error is the text for the client.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let is_full = text.len() == 5 && text.bytes().all(|b| b.is_ascii_digit() || b == b':');
        let time = NaiveTime::parse_from_str(text, "%H:%M").ok().filter(|_| is_full);
        time.map(Self::of).ok_or("must be a time of day such as 08:30")
    }

    /// The time of day, to the minute.
    pub fn of(time: NaiveTime) -> Self {
        Self(i64::from(time.num_seconds_from_midnight() / 60))
    }

    /// When clocks in the time zone show this time on that day; see [`moment_of`].
    pub fn on(self, day: NaiveDate, zone: Tz) -> DateTime<Utc> {
        moment_of(day.and_time(NaiveTime::MIN) + TimeDelta::minutes(self.0), zone)
    }
}

/// When clocks in the time zone show `local`. A time that occurs twice means the first one. A time that is skipped uses
/// the offset before the change (RFC 5545 §3.3.5).
pub fn moment_of(local: NaiveDateTime, zone: Tz) -> DateTime<Utc> {
    if let Some(moment) = zone.from_local_datetime(&local).earliest() {
        return moment.to_utc();
    }
    let before = zone.offset_from_utc_datetime(&(local - TimeDelta::days(1))).fix();
    (local - before).and_utc()
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

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:02}:{:02}", self.0 / 60, self.0 % 60))
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

impl PartialSchema for Day {
    fn schema() -> RefOr<Schema> {
        let day = ObjectBuilder::new().schema_type(Type::String);
        let day = day.format(Some(SchemaFormat::KnownFormat(KnownFormat::Date))).max_length(Some(10));
        day.description(Some("A day from 1900 to 2199.")).examples([serde_json::json!("2026-05-01")]).into()
    }
}

impl PartialSchema for Moment {
    fn schema() -> RefOr<Schema> {
        let moment = ObjectBuilder::new().schema_type(Type::String);
        let moment = moment.format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime))).max_length(Some(35));
        moment.examples([serde_json::json!("2026-05-01T09:30:00Z")]).into()
    }
}

impl PartialSchema for TimeOfDay {
    fn schema() -> RefOr<Schema> {
        let time = ObjectBuilder::new().schema_type(Type::String).pattern(Some("^([01][0-9]|2[0-3]):[0-5][0-9]$"));
        let time = time.min_length(Some(5)).max_length(Some(5)).description(Some("A time of day, `hh:mm`."));
        time.examples([serde_json::json!("08:30")]).into()
    }
}

impl ToSchema for Day {}
impl ToSchema for TimeOfDay {}
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
    fn times_are_written_in_full() {
        let time = TimeOfDay::parse("08:05").unwrap();
        assert_eq!(serde_json::to_string(&time).unwrap(), "\"08:05\"");
        for wrong in ["8:05", "24:00", "08:60", "08:05:00", "0805", " 8:05", "+8:05", ""] {
            assert!(TimeOfDay::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_follow_the_clock_changes_of_a_time_zone() {
        let at = |day: &str, time, zone: &str| {
            let moment = TimeOfDay::parse(time).unwrap().on(day.parse().unwrap(), zone.parse().unwrap());
            moment.format("%FT%R").to_string()
        };
        assert_eq!(at("2026-01-12", "08:00", "Europe/Zurich"), "2026-01-12T07:00");
        assert_eq!(at("2026-07-12", "08:00", "Europe/Zurich"), "2026-07-12T06:00");
        assert_eq!(at("2026-03-29", "02:30", "Europe/Zurich"), "2026-03-29T01:30", "skipped");
        assert_eq!(at("2026-10-25", "02:30", "Europe/Zurich"), "2026-10-25T00:30", "the first of two");
        assert_eq!(at("2011-12-30", "12:00", "Pacific/Apia"), "2011-12-30T22:00", "a skipped day");
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
