// Calendars as the npm package ical.js reads them: a JSON list of texts in, a JSON list of what it found out.
const ICAL = require('ical.js').default ?? require('ical.js');

const moment = (time) => time.toJSDate().toISOString().replace('.000Z', 'Z');

function read(text) {
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents('vtimezone')) {
    ICAL.TimezoneService.register(zone.getFirstPropertyValue('tzid'), new ICAL.Timezone(zone));
  }
  const events = calendar.getAllSubcomponents('vevent').map((component) => {
    const event = new ICAL.Event(component);
    const occurrences = [];
    if (event.isRecurring()) {
      const iterator = event.iterator();
      for (let at = iterator.next(); at; at = iterator.next()) occurrences.push(moment(at));
    }
    return {
      uid: event.uid,
      sequence: event.sequence,
      summary: event.summary,
      starts_at: moment(event.startDate),
      ends_at: moment(event.endDate),
      recurrence_id: event.recurrenceId && moment(event.recurrenceId),
      attendees: event.attendees.map((attendee) => attendee.getFirstValue()),
      occurrences,
    };
  });
  return { method: calendar.getFirstPropertyValue('method'), events };
}

const chunks = [];
process.stdin.on('data', (chunk) => chunks.push(chunk));
process.stdin.on('end', () => process.stdout.write(JSON.stringify(JSON.parse(Buffer.concat(chunks)).map(read))));
