"""A first call with the Python client that openapi-python-client generates.

Usage: main.py TOKENS.json   (written by `mentorship demo --tokens-json`)
"""

import json
import pathlib
import sys

from mentorship_client import AuthenticatedClient
from mentorship_client.api.people import list_people
from mentorship_client.models import MirroredPagePersonView


def main(file: str) -> None:
    demo = json.loads(pathlib.Path(file).read_text())
    client = AuthenticatedClient(base_url=demo["address"], token=demo["tokens"]["admin"])
    page = list_people.sync(client=client, limit=10)
    if not isinstance(page, MirroredPagePersonView) or not page.items:
        sys.exit(f"expected a page of people, got {page}")
    print(f"  ok an admin lists {len(page.items)} people")


main(sys.argv[1])
