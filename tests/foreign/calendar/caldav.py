"""A calendar that a CalDAV server keeps (Radicale), and a client that does what invitations say (RFC 5546).

Takes a JSON list of mails, and writes how many events the server has after each.
"""

import json
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from wsgiref.simple_server import WSGIRequestHandler, make_server

import icalendar
from mail import calendar_of
from radicale import Application, config

HOME = "/ada/calendar/"


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def ask(method, path, body=None, headers=None):
    # Whoever comes as Ada is Ada: this server asks for no password.
    headers = {"Authorization": "Basic YWRhOmFkYQ==", **(headers or {})}
    asked = urllib.request.Request(f"http://127.0.0.1:{server.server_port}{path}", body, headers, method=method)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=20) as answer:
        return answer.read().decode()


def take(text):
    calendar = icalendar.Calendar.from_ical(text)
    [uid] = {str(event["UID"]) for event in calendar.walk("VEVENT")}
    if str(calendar["METHOD"]) == "CANCEL":
        ask("DELETE", f"{HOME}{uid}.ics")
    else:
        # What a server keeps has no method (RFC 4791 §4.1).
        del calendar["METHOD"]
        ask("PUT", f"{HOME}{uid}.ics", calendar.to_ical(), {"Content-Type": "text/calendar"})


def count():
    query = b'<propfind xmlns="DAV:"><prop><getetag/></prop></propfind>'
    return ask("PROPFIND", HOME, query, {"Depth": "1", "Content-Type": "text/xml"}).count(".ics</href>")


settings = config.load()
settings.update(
    {
        "auth": {"type": "none"},
        "rights": {"type": "authenticated"},
        "storage": {"filesystem_folder": tempfile.mkdtemp()},
        "logging": {"level": "error"},
    },
    "test",
)
server = make_server("127.0.0.1", 0, Application(settings), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
CALENDAR = b"""<mkcol xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><set><prop>
<resourcetype><collection/><C:calendar/></resourcetype></prop></set></mkcol>"""
ask("MKCOL", HOME, CALENDAR, {"Content-Type": "text/xml"})
counts = []
for text in json.load(sys.stdin):
    take(calendar_of(text))
    counts.append(count())
json.dump(counts, sys.stdout)
