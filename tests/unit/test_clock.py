"""The clock goes one way, and in a lab as fast as one likes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from labserver.lab_mode.clock import LabClock
from labserver.lab_mode.shared_state import SharedState
from labserver.storage.clock import Clock


def test_it_tells_the_time() -> None:
    before = time.time()
    assert before <= Clock().now() <= time.time()


def test_it_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock()
    now = clock.now()
    monkeypatch.setattr(time, "time", lambda: now - 3600)
    assert clock.now() == now
    monkeypatch.setattr(time, "time", lambda: now + 1)
    assert clock.now() == now + 1


def test_the_lab_clock_can_be_moved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    clock = LabClock(SharedState.at(tmp_path / "shared-state"))
    assert clock.now() == 1000
    clock.advance(60)
    clock.advance(0.5)
    assert clock.now() == 1060.5
    clock.reset()
    assert clock.now() == 1000


def test_all_workers_see_the_same_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    one, other = (LabClock(SharedState.at(tmp_path / "shared-state")) for _ in range(2))
    one.advance(60)
    assert other.now() == 1060
    monkeypatch.setattr(time, "time", lambda: 900.0)
    assert one.now() == other.now() == 1060, "what one has acted on, the other does not undo"


def test_the_lab_clock_set_back_stands_still(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 1000.0)
    clock = LabClock(SharedState.at(tmp_path / "shared-state"))
    assert clock.now() == 1000
    clock.advance(-60)
    assert clock.now() == 1000
    monkeypatch.setattr(time, "time", lambda: 1061.0)
    assert clock.now() == 1001


@pytest.mark.parametrize("correction", [-1, -3600, -86400 * 400])
def test_the_lab_clock_moves_by_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, correction: float
) -> None:
    """Though the machine's clock was corrected backwards: what should expire expires at once."""
    monkeypatch.setattr(time, "time", lambda: 1e9)
    clock, other = (LabClock(SharedState.at(tmp_path / "shared-state")) for _ in range(2))
    assert clock.now() == 1e9
    monkeypatch.setattr(time, "time", lambda: 1e9 + correction)
    assert clock.advance(0) == 0
    assert other.advance(60) == 60
    assert clock.now() == 1e9 + 60
    assert clock.advance(-30) == 0, "it never goes back"
    assert clock.advance(60) == 60
    assert other.now() == 1e9 + 120
    monkeypatch.setattr(time, "time", lambda: 1e9 + correction + 1)
    assert other.now() == 1e9 + 121, "and it runs"


def test_a_held_lab_clock_moves_by_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 999.2)
    clock = LabClock(SharedState.at(tmp_path / "shared-state"))
    clock.hold()
    assert clock.advance(-20) == 0
    assert clock.now() == 1000, "it never goes back to before it was held"
    monkeypatch.setattr(time, "time", lambda: 500.0)
    assert clock.advance(10) == 10
    clock.run()
    assert clock.now() == 1010
    assert clock.advance(10) == 10


def test_the_lab_clock_can_be_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 999.2)
    clock, other = (LabClock(SharedState.at(tmp_path / "shared-state")) for _ in range(2))
    clock.hold()
    monkeypatch.setattr(time, "time", lambda: 1005.0)
    assert clock.now() == other.now() == 1000, "at a whole second"
    clock.advance(10)
    clock.advance(-20)
    assert other.now() == 1010, "held or not, it never goes back"
    other.run()
    assert clock.now() == 1010
    monkeypatch.setattr(time, "time", lambda: 1006.0)
    assert clock.now() == 1011
    clock.hold()
    clock.reset()
    assert clock.now() == 1006
