"""A rule on how a request leaves: past proxies and `.netrc`, which are not for this machine."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tools.rules.notebook import Notebook, Rule

BARE = re.compile(
    r"\brequests\.(?:get|post|put|patch|delete|head|options|request|[Ss]ession)\("
    r"|^\s*class \w+\(requests\.Session\)"
    r"|^\s*from requests import|^\s*import requests as"
    r"|\burllib\.request\b|\burlopen\b|\bhttpx\b|\baiohttp\b",
    re.MULTILINE,
)
"""What obeys HTTP_PROXY, and most of it `.netrc`; a Client and a Direct (kit/processes/client.py) do not."""


def direct(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Cells, and hints too, send by `lab.client()`, or else the learner's own surroundings are measured."""
    for cell in notebook.cells:
        for bare in BARE.findall(cell.source):
            yield cell.number, f"sends by {bare.strip()}, which obeys proxies and .netrc; use lab.client()"


RULES: tuple[Rule, ...] = (direct,)
