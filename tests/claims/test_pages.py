"""The pages of docs/ that lead into the notebooks: each link leads to a heading that is there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from labserver.kit.exercises.claims import CLAIMS
from tools.claims import ROOT, anchor, headings

DOCS = ROOT / "docs"
LINK = re.compile(r"\]\(\.\./notebooks/([^)#]+)(?:#([^)]*))?\)")
QUESTION = re.compile(r"^\*\*(.+?\?)\*\* (.*?) → \[", re.MULTILINE | re.DOTALL)
STATEMENTS = 16


def links(page: str) -> list[tuple[str, str]]:
    return LINK.findall((DOCS / page).read_text(encoding="utf-8"))


LINKS = [(page, *link) for page in ("questions.md", "statements.md", "claims.md") for link in links(page)]


@pytest.mark.parametrize(("page", "notebook", "place"), sorted(set(LINKS)))
def test_a_link_leads_to_a_heading(page: str, notebook: str, place: str) -> None:
    path: Path = ROOT / "notebooks" / notebook
    assert path.is_file()
    assert place in [anchor(title) for title in headings(path)]


def test_there_are_25_questions_each_answered_in_two_sentences_with_a_link() -> None:
    text = (DOCS / "questions.md").read_text(encoding="utf-8")
    found = QUESTION.findall(text)
    assert len(found) == len(links("questions.md")) == 25
    for question, answer in found:
        assert len(re.findall(r"[.?!](?:\s|$)", answer)) == 2, question
    assert len({question for question, _ in found}) == 25


def test_each_of_the_sixteen_statements_has_a_cell() -> None:
    text = (DOCS / "statements.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", text, re.MULTILINE)
    assert [int(number) for number, _, _ in rows] == list(range(1, STATEMENTS + 1))
    assert all(LINK.search(shown) for _, _, shown in rows)


def test_the_readme_leads_to_these_pages() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for page in ("claims.md", "questions.md", "statements.md"):
        assert f"](docs/{page})" in readme
    assert f"[{len(CLAIMS)} claims](docs/claims.md)" in readme
