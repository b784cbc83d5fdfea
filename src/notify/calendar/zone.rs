//! Writes the definition of a time zone for calendars: one component for each change of the offset (RFC 5545 §3.6.5).

use std::fmt::Write as _;

use chrono::{DateTime, FixedOffset, NaiveDateTime, Offset as _, TimeDelta, TimeZone as _, Utc};
use chrono_tz::{OffsetComponents as _, OffsetName as _, Tz};

/// The format of a local time in a calendar.
pub const LOCAL: &str = "%Y%m%dT%H%M%S";

/// The `VTIMEZONE` of a zone for the time from `first` to `last`.
pub fn definition(zone: Tz, first: DateTime<Utc>, last: DateTime<Utc>) -> String {
    let mut text = format!("BEGIN:VTIMEZONE\r\nTZID:{}\r\n", zone.name());
    let mut at = first;
    write_change(&mut text, zone, at, offset(zone, at));
    while at < last {
        let next = at + TimeDelta::days(1);
        if offset(zone, at) != offset(zone, next) {
            write_change(&mut text, zone, change(zone, at, next), offset(zone, at));
        }
        at = next;
    }
    text.push_str("END:VTIMEZONE\r\n");
    text
}

/// The first second with the new offset, between `before` and `after`.
fn change(zone: Tz, mut before: DateTime<Utc>, mut after: DateTime<Utc>) -> DateTime<Utc> {
    while after - before > TimeDelta::seconds(1) {
        let middle = before + (after - before) / 2;
        if offset(zone, middle) == offset(zone, before) {
            before = middle;
        } else {
            after = middle;
        }
    }
    DateTime::from_timestamp(after.timestamp(), 0).unwrap_or(after)
}

fn write_change(text: &mut String, zone: Tz, at: DateTime<Utc>, before: FixedOffset) {
    let after = zone.offset_from_utc_datetime(&at.naive_utc());
    let kind = if after.dst_offset().is_zero() { "STANDARD" } else { "DAYLIGHT" };
    let local: NaiveDateTime = at.with_timezone(&before).naive_local();
    let name = after.abbreviation().map(|name| format!("TZNAME:{name}\r\n")).unwrap_or_default();
    let (start, before, after) = (local.format(LOCAL), written(before), written(after.fix()));
    // Writing to a `String` never fails.
    let _ = write!(
        text,
        "BEGIN:{kind}\r\nDTSTART:{start}\r\nTZOFFSETFROM:{before}\r\nTZOFFSETTO:{after}\r\n{name}END:{kind}\r\n"
    );
}

fn offset(zone: Tz, at: DateTime<Utc>) -> FixedOffset {
    zone.offset_from_utc_datetime(&at.naive_utc()).fix()
}

fn written(offset: FixedOffset) -> String {
    let seconds = offset.local_minus_utc();
    let (sign, minutes) = (if seconds < 0 { '-' } else { '+' }, seconds.abs() / 60);
    format!("{sign}{:02}{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_says_when_and_by_how_much() {
        let (first, last) =
            ("2027-03-01T00:00:00Z".parse().expect("a time"), "2027-11-01T00:00:00Z".parse().expect("a time"));
        let text = definition(chrono_tz::Europe::Zurich, first, last);
        for part in [
            "BEGIN:STANDARD\r\nDTSTART:20270301T010000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\n",
            "BEGIN:DAYLIGHT\r\nDTSTART:20270328T020000\r\nTZOFFSETFROM:+0100\r\nTZOFFSETTO:+0200\r\nTZNAME:CEST\r\n",
            "BEGIN:STANDARD\r\nDTSTART:20271031T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nTZNAME:CET\r\n",
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(text.matches("BEGIN:STANDARD").count() + text.matches("BEGIN:DAYLIGHT").count(), 3);
    }

    #[test]
    fn offsets_need_not_be_whole_hours() {
        let at = "2027-06-01T00:00:00Z".parse().expect("a time");
        assert!(definition(chrono_tz::Asia::Kathmandu, at, at).contains("TZOFFSETTO:+0545"));
        assert!(definition(chrono_tz::America::St_Johns, at, at).contains("TZOFFSETTO:-0230"));
    }
}
