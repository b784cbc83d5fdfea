//! Writes calendars as text (RFC 5545), with a typed builder that escapes and folds lines.

use chrono::{DateTime, TimeDelta, Utc};
use chrono_tz::Tz;
use icalendar::{Attendee, CUType, Class, Component as _, Event, EventLike as _, Parameter, PartStat, Property, Role};
use lettre::message::Mailbox;

use super::entry::Entry;
use super::zone::{LOCAL, definition};
use crate::sessions::series::model::{Series, SeriesInterval};

/// How far a time zone definition extends before and after the entries: programs keep the first definition they get.
const AROUND: TimeDelta = TimeDelta::days(800);

/// What a calendar program should do with the entries (RFC 5546).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Show them.
    Publish,
    /// Invite the owner of the calendar to them.
    Request,
    /// Remove them.
    Cancel,
}

impl Method {
    /// The name in the calendar and in its MIME type.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Publish => "PUBLISH",
            Self::Request => "REQUEST",
            Self::Cancel => "CANCEL",
        }
    }
}

/// The organizer and the attendees of an invitation.
#[derive(Clone, Copy, Debug)]
pub struct Invitation<'a> {
    /// The address of the service.
    pub organizer: &'a Mailbox,
    /// The mentor and the mentee.
    pub attendees: &'a [Mailbox],
}

/// A calendar with these entries and without attendees. `name`: the name of a calendar to subscribe to.
pub fn calendar(name: Option<&str>, entries: &[Entry]) -> String {
    let mut head = String::new();
    if let Some(name) = name {
        // Properties of RFC 7986, and the older ones.
        head = format!(
            "NAME:{name}\r\nX-WR-CALNAME:{name}\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n"
        );
    }
    let events = entries.iter().map(|entry| event(entry).done()).collect();
    whole(Method::Publish, &head, entries, None, events)
}

/// An invitation to these entries of one event, or its cancellation.
pub fn invitation(method: Method, entries: &[Entry], to: &Invitation) -> String {
    let events = entries.iter().map(|entry| invited(event(entry), to)).collect();
    whole(method, "", entries, None, events)
}

/// An invitation to a whole series, or its cancellation. `first`: the first session of the series.
pub fn series_invitation(method: Method, first: Entry, series: &Series, to: &Invitation) -> String {
    let first = Entry {
        uid: series.id,
        occurrence_at: None,
        ends_at: series.starts_at + (first.ends_at - first.starts_at),
        starts_at: series.starts_at,
        zone: series.zone(),
        is_cancelled: method == Method::Cancel,
        ..first
    };
    let mut event = event(&first);
    if let Some(rule) = rule(series) {
        event.add_property("RRULE", rule);
    }
    let last = series.occurrences().ok().and_then(|all| all.last().copied());
    let events = vec![invited(event, to)];
    whole(method, "", &[first], last, events)
}

fn rule(series: &Series) -> Option<String> {
    let times = series.times.get();
    Some(match series.interval()? {
        SeriesInterval::Weeks(weeks) => format!("FREQ=WEEKLY;INTERVAL={weeks};COUNT={times}"),
        SeriesInterval::Month(week) => {
            let week = week.map_or_else(|| "-1".to_owned(), |week| week.to_string());
            let day = series.starts_at.with_timezone(&series.zone()).format("%a").to_string().to_uppercase();
            format!("FREQ=MONTHLY;BYDAY={week}{};COUNT={times}", &day[..2])
        }
    })
}

fn whole(method: Method, head: &str, entries: &[Entry], last: Option<DateTime<Utc>>, events: Vec<Event>) -> String {
    let mut text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Mentorship//Sessions//EN\r\nCALSCALE:GREGORIAN\r\nMETHOD:{}\r\n{head}",
        method.name()
    );
    let mut zones: Vec<Tz> = entries.iter().map(|entry| entry.zone).filter(|zone| *zone != Tz::UTC).collect();
    zones.sort_unstable_by_key(|zone| zone.name());
    zones.dedup();
    for zone in zones {
        let here = || entries.iter().filter(|entry| entry.zone == zone);
        let first = here().flat_map(|entry| [Some(entry.starts_at), entry.occurrence_at]).flatten().min();
        let until = here().flat_map(|entry| [Some(entry.ends_at), entry.occurrence_at]).flatten().chain(last).max();
        if let (Some(first), Some(until)) = (first, until) {
            text.push_str(&definition(zone, first - AROUND, until + AROUND));
        }
    }
    for event in events {
        text.push_str(&event.to_string());
    }
    text.push_str("END:VCALENDAR\r\n");
    text
}

fn event(entry: &Entry) -> Event {
    let mut event = Event::new();
    event
        .uid(&entry.uid.to_string())
        .sequence(entry.sequence.try_into().unwrap_or(u32::MAX))
        .timestamp(entry.updated_at)
        .last_modified(entry.updated_at)
        .summary(&one_line(&entry.summary))
        .append_property(time("DTSTART", entry.starts_at, entry.zone))
        .append_property(time("DTEND", entry.ends_at, entry.zone))
        // Other people who see the calendar learn only that its owner is busy, not the partner.
        .class(Class::Private)
        .add_property("STATUS", if entry.is_cancelled { "CANCELLED" } else { "CONFIRMED" });
    if let Some(at) = entry.occurrence_at {
        event.append_property(time("RECURRENCE-ID", at, entry.zone));
    }
    if let Some(place) = &entry.place {
        event.location(&one_line(place));
    }
    if let Some(link) = &entry.link {
        event.add_property("URL", one_line(link));
    }
    event
}

fn invited(mut event: Event, to: &Invitation) -> Event {
    let mut organizer = Property::new("ORGANIZER", format!("mailto:{}", to.organizer.email));
    if let Some(name) = &to.organizer.name {
        organizer.append_parameter(Parameter::new("CN", &quotable(name)));
    }
    event.append_property(organizer);
    for person in to.attendees {
        let attendee = Attendee::new(format!("mailto:{}", person.email))
            .cutype(CUType::Individual)
            .role(Role::ReqParticipant)
            .partstat(PartStat::NeedsAction)
            .rsvp(true)
            .cn(quotable(person.name.as_deref().unwrap_or_default()));
        event.attendee(attendee);
    }
    event.done()
}

/// A time in a time zone.
fn time(name: &str, at: DateTime<Utc>, zone: Tz) -> Property {
    if zone == Tz::UTC {
        return Property::new(name, format!("{}Z", at.format(LOCAL)));
    }
    let mut property = Property::new(name, at.with_timezone(&zone).format(LOCAL).to_string());
    property.append_parameter(Parameter::new("TZID", zone.name()));
    property.done()
}

fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// Parameters have no escape for quotes (RFC 5545 §3.2).
fn quotable(name: &str) -> String {
    one_line(name).replace('"', "'")
}
