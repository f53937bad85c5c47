"""Rules on what must never be in git: credentials, folders of one machine, addresses out in the world."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from tools.rules.notebook import Notebook, Rule

_SECRETS = {
    "a JWT": re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
    "a random id of 256 bits": re.compile(
        r"(?<![\w-])(?=[\w-]*[a-z])(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{43}(?![\w-])"
    ),
    "a password hash": re.compile(r"\$argon2\w*\$[^\s$]*\$[^\s$]*\$[A-Za-z0-9+/]{8,}"),
}
_PATH = re.compile(
    r"(?<![\w.:/])/(?:home|root|tmp|Users|private|var|opt|mnt|work|srv)/[\w.-]+|\b[A-Z]:\\\\?\w|site-packages|ipykernel_\d"
)
_ADDRESS = re.compile(r"\b(?:https?|wss?)://(?:\[[0-9a-fA-F:]+\])?[^\s\"'<>)\]}`\\]+")
_OURS = re.compile(
    r"127\.0\.0\.1|::1|(?:.+\.)?localhost|(?:.+\.)?(?:example|test|invalid)|(?:.+\.)?example\.(?:com|org|net)"
)
_READING = {
    "www.rfc-editor.org",
    "datatracker.ietf.org",
    "developer.mozilla.org",
    "owasp.org",
    "cheatsheetseries.owasp.org",
    "www.w3.org",
    "fetch.spec.whatwg.org",
    "html.spec.whatwg.org",
    "docs.python.org",
    "flask.palletsprojects.com",
    "requests.readthedocs.io",
    "pyjwt.readthedocs.io",
    "sqlite.org",
    "redis.io",
}
"""Where prose may point a reader who wants more; nothing is fetched from there."""


def secrets(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """A credential belongs in no output and no source, save a published example, in a cell tagged so."""
    for cell in notebook.cells:
        if "public-example" in cell.tags:
            continue
        for text in (cell.source, *cell.output_texts()):
            for name, pattern in _SECRETS.items():
                if pattern.search(text):
                    yield cell.number, f"holds {name}"


def paths(notebook: Notebook) -> Iterator[tuple[int, str]]:
    for cell in notebook.cells:
        for text in (cell.source, *cell.output_texts()):
            found = _PATH.search(text)
            if found:
                yield cell.number, f"names a folder of one machine: {found[0]}"


def addresses(notebook: Notebook) -> Iterator[tuple[int, str]]:
    """Code and outputs know this machine and names reserved for examples; prose may point to standards."""
    for cell in notebook.cells:
        prose = cell.kind == "markdown"
        for text in (cell.source, *cell.output_texts()):
            for address in _ADDRESS.findall(text):
                host = urlsplit(address).hostname or ""
                namespace = address.startswith("http://www.w3.org/") and not prose
                if not (_OURS.fullmatch(host) or namespace or (prose and host in _READING)):
                    yield cell.number, f"points to {address}"


RULES: tuple[Rule, ...] = (secrets, paths, addresses)
