"""Calendars as two parsers that nobody of us wrote read them: icalendar and vobject.

Takes a JSON list of calendars or mails, and writes a JSON list with each calendar's text and what each parser found.
"""

import json
import sys
from datetime import timezone

import icalendar
import vobject

from mail import calendar_of


def moment(value):
    return value.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def by_icalendar(text):
    calendar = icalendar.Calendar.from_ical(text)
    events = []
    for event in calendar.walk("VEVENT"):
        assert not event.errors, event.errors
        attendees = event.get("ATTENDEE", [])
        attendees = attendees if isinstance(attendees, list) else [attendees]
        recurrence = event.get("RECURRENCE-ID")
        events.append(
            {
                "uid": str(event["UID"]),
                "sequence": int(event["SEQUENCE"]),
                "status": str(event["STATUS"]),
                "class": str(event["CLASS"]),
                "summary": str(event["SUMMARY"]),
                "starts_at": moment(event["DTSTART"].dt),
                "ends_at": moment(event["DTEND"].dt),
                "recurrence_id": recurrence and moment(recurrence.dt),
                "organizer": event.get("ORGANIZER") and str(event["ORGANIZER"]),
                "attendees": [[str(a), str(a.params["CN"]), str(a.params["RSVP"])] for a in attendees],
                "place": event.get("LOCATION") and str(event["LOCATION"]),
            }
        )
    return {"method": str(calendar["METHOD"]), "events": events}


def by_vobject(text):
    calendar = vobject.readOne(text)
    events = []
    for event in calendar.contents.get("vevent", []):
        occurrences = [moment(at) for at in event.rruleset] if hasattr(event, "rrule") else []
        events.append(
            {
                "uid": event.uid.value,
                "summary": event.summary.value,
                "starts_at": moment(event.dtstart.value),
                "ends_at": moment(event.dtend.value),
                "occurrences": occurrences,
            }
        )
    return {"method": calendar.method.value, "events": events}


texts = [calendar_of(text) for text in json.load(sys.stdin)]
read = [{"text": text, "icalendar": by_icalendar(text), "vobject": by_vobject(text)} for text in texts]
json.dump(read, sys.stdout)
