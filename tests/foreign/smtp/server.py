"""A mail server that nobody of us wrote: aiosmtpd, with Python's own reader of mail.

Says its port in the first line of its output, then each mail that it took in a line of JSON. Ends with its input.
"""

import json
import socket
import sys
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller


def text_of(part):
    content = part.get_content()
    return content.decode() if isinstance(content, bytes) else content


class Desk:
    async def handle_DATA(self, server, session, envelope):
        mail = message_from_bytes(envelope.content, policy=policy.default)
        parts = [part for part in mail.walk() if not part.is_multipart()]
        told = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in mail.items()],
            "defects": [str(defect) for part in mail.walk() for defect in part.defects],
            "parts": [[part.get_content_type(), text_of(part)] for part in parts],
        }
        print(json.dumps(told), flush=True)
        return "250 OK"

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("nobody@"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"


# The controller greets itself at its port, so it has to know one.
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
controller = Controller(Desk(), hostname="127.0.0.1", port=port, ready_timeout=60)
controller.start()
print(port, flush=True)
sys.stdin.read()
controller.stop()
