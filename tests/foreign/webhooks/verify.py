"""A receiver of webhooks that nobody of us wrote: the check of the PyPI package standardwebhooks.

Says "ready" in the first line of its output. Then, for each line of its input, {"secret", "headers", "body"}, a line:
what the call says, or why it is refused. Ends with its input.
"""

import json
import sys

from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError

print("ready", flush=True)
for line in sys.stdin:
    call = json.loads(line)
    try:
        told = {"fine": Webhook(call["secret"]).verify(call["body"], call["headers"])}
    except WebhookVerificationError as error:
        told = {"refused": str(error)}
    print(json.dumps(told), flush=True)
