"""A short slice of `python -m benchmarks.crash` (docs/security.md, V5); the whole takes half an hour."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.crash import Client, Lost, crashes, races

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
ROUNDS = 4


def test_V5_kills_in_the_midst_of_it_lose_nothing(tmp_path: Path) -> None:
    acknowledged = Counter[str]()
    kills = 0
    for counts in crashes(tmp_path, ROUNDS, clients=3, seed=7):
        acknowledged, kills = counts, kills + 1
    assert kills == ROUNDS
    assert acknowledged.total() >= ROUNDS, "the clients were quick enough to do something"


def test_races_have_one_winner() -> None:
    assert list(races(4)) == [[200] + [400] * 7] * 4


def test_a_loss_would_be_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check is itself checked: a client that believes in a logout that never was finds it undone."""
    real = Client.check

    def believe(client: Client) -> None:
        client.ended_sessions += list(client.sessions)
        real(client)

    monkeypatch.setattr("benchmarks.crash.DEEDS_SECONDS", 1.0)
    monkeypatch.setattr(Client, "check", believe)
    monkeypatch.setattr(Client, "live", lambda client: client.log_in())
    with pytest.raises(Lost, match="answers 200, expected"):
        list(crashes(tmp_path, 1, clients=1))
