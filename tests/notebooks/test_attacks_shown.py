"""The lessons on attacks leave none out: each is tried where it works, and all are tried where none does."""

from __future__ import annotations

import re
from collections.abc import Sequence

import pytest

from labserver.kit.attacks import ATTACKS, ON_SESSIONS, ON_TOKENS, Attack
from tests.notebooks.nbval import ROOT
from tools.rules import Notebook

LESSONS = [("07-attacking-sessions", ON_SESSIONS)]

each = pytest.mark.parametrize(("lesson", "attacks"), LESSONS, ids=[name for name, _ in LESSONS])


def read(lesson: str) -> Notebook:
    return Notebook.read(ROOT / "notebooks" / f"{lesson}.ipynb")


@each
def test_each_attack_is_tried_at_the_server_that_lets_it_in(lesson: str, attacks: Sequence[Attack]) -> None:
    source = "\n".join(cell.source for cell in read(lesson).code)
    switch, tried = "", []
    for weak, name in re.findall(r'weak="([\w-]+)"|^compare\(attacks\.(\w+)\)', source, re.MULTILINE):
        switch = weak or switch
        tried += [(name, switch)] if name else []
    assert tried == [(one.name, one.weakness) for one in attacks if one.weakness]


@each
def test_the_closing_table_names_every_attack_and_none_got_in(lesson: str, attacks: Sequence[Attack]) -> None:
    outputs = [output for cell in read(lesson).code for output in cell.outputs]
    tables = [output.texts.get("text/plain", "") for output in outputs]
    (closing,) = (text for text in tables if f"0 of {len(attacks)} attacks got in." in text)
    kept_out = re.findall(r"^(\w+) .* kept out +\d+$", closing, re.MULTILINE)
    assert kept_out == [one.name for one in attacks]


def shown_in_08() -> str:
    outputs = [output for cell in read("08-attacking-tokens").code for output in cell.outputs]
    return "\n".join(output.texts.get("text/plain", "") for output in outputs)


def test_08_gets_in_by_every_weakness_of_tokens_and_nowhere_else() -> None:
    """Mallory where it is weak, mallory by default, then ada on both."""
    rows = re.findall(r"^([\w-]+) +200 +(?:401|400) +200 +200$", shown_in_08(), re.MULTILINE)
    assert sorted(rows) == sorted({one.weakness for one in ON_TOKENS if one.weakness})


def test_08_closes_with_every_attack_of_the_lab() -> None:
    table = re.findall(r"^(\w+) +(kept out|not tried|GOT IN) ", shown_in_08(), re.MULTILINE)
    assert [name for name, _ in table] == [one.name for one in ATTACKS]
    assert [name for name, outcome in table if outcome != "kept out"] == ["alg_confusion"]
