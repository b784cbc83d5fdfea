"""The calendar that came by mail, as a mail program finds it (RFC 6047)."""

from email import message_from_bytes, policy


def calendar_of(text):
    if text.startswith("BEGIN:VCALENDAR"):
        return text
    mail = message_from_bytes(text.encode(), policy=policy.default)
    defects = [defect for part in mail.walk() for defect in part.defects]
    assert not defects, defects
    [part] = [part for part in mail.walk() if part.get_content_type() == "text/calendar"]
    [file] = [part for part in mail.walk() if part.get_content_type() == "application/ics"]
    calendar = part.get_content().replace("\r\n", "\n").replace("\n", "\r\n")
    assert f"METHOD:{part.get_param('method')}\r\n" in calendar, part.items()
    assert file.get_content().decode() == calendar and file.get_filename() == "invite.ics"
    return calendar
