"""The glossary explains what the lab's own outputs are made of, and leads to notebooks that are there."""

from __future__ import annotations

import re

import pytest

from labserver.kit.display.fingerprint import KINDS
from labserver.kit.display.ledger import _HEAD
from labserver.kit.display.state import _STORE
from labserver.kit.display.steps import LANES
from tests.notebooks.nbval import ROOT

TEXT = (ROOT / "notebooks" / "glossary.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")] for line in TEXT.splitlines() if line[:1] == "|"
]
TERMS = re.findall(r"\*\*(.+?)\*\*", TEXT)


@pytest.mark.parametrize("column", [*_HEAD, *_STORE])
def test_a_column_is_explained(column: str) -> None:
    assert [said for name, said in ROWS if name == column and said]


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.word)
def test_a_symbol_is_explained(kind: tuple[str, str, str]) -> None:
    glyph, _, word = kind
    assert [glyph, word] in ROWS


@pytest.mark.parametrize("lane", LANES.values())
def test_a_lane_is_explained(lane: str) -> None:
    (diagram,) = re.findall(r"\*\*diagram\*\*.+?\n- ", TEXT, re.DOTALL)
    assert lane in " ".join(diagram.split())


MET = (
    *(
        "credential",
        "carrier",
        "opaque",
        "bearer",
        "session",
        "session id",
        "session store",
        "cookie",
        "SameSite",
    ),
    *("claim", "issuer", "audience", "kid", "JWT", "JWS", "JWKS", "access token", "refresh token"),
    *("refresh family", "denylist", "CSRF", "XSS", "lab desk", "chip", "ledger", "trace", "span"),
)


@pytest.mark.parametrize("term", MET)
def test_a_term_that_every_learner_meets_is_explained_once(term: str) -> None:
    assert TERMS.count(term) == 1


def test_every_term_has_its_notebook() -> None:
    entries = re.split(r"\n- ", TEXT)[1:]
    without = [entry.splitlines()[0] for entry in entries if ".ipynb)" not in entry]
    assert [line[:9] for line in without] == ["**chip**,", "**state**"]  # which are in all of them


def test_links_lead_to_notebooks_that_are_there() -> None:
    links = set(re.findall(r"\]\((.+?)\)", TEXT))
    assert [link for link in sorted(links) if not (ROOT / "notebooks" / link).is_file()] == []
