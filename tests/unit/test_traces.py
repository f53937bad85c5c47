"""Traces are found until later ones stand in their place: a worker's own, or whichever worker is asked."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labserver.errors import NotFound
from labserver.tracing.recent import ROOM, SharedTraces, Traces
from labserver.tracing.trace import Trace

Make = Callable[[], Traces]


@pytest.fixture(params=["alone", "shared"])
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """Make keepers of either kind."""
    return Traces if request.param == "alone" else lambda: SharedTraces(tmp_path / "traces")


def kept(traces: Traces, path: str = "/session/me") -> str:
    """Keep a trace of a request to `path`; gives its id."""
    done = Trace("GET", path, 0.0)
    traces.keep(done)
    return done.id


def is_found(traces: Traces, name: str) -> bool:
    try:
        return bool(traces.find(name))
    except NotFound:
        return False


def the_latest(traces: Traces) -> list[int]:
    """Keep 500, and hold that the latest are found, without a gap; gives which."""
    names = [kept(traces, f"/{number}") for number in range(500)]
    assert len(set(names)) == 500
    found = [number for number, name in enumerate(names) if is_found(traces, name)]
    assert found == list(range(500 - len(found), 500))
    return found


def test_one_is_found_by_its_id(make: Make) -> None:
    traces = make()
    names = {kept(traces, path): path for path in ("/a", "/b", "/c")}
    for name, path in names.items():
        found = traces.find(name)
        assert (found["id"], found["path"], found["worker"]) == (name, path, os.getpid())


def test_every_worker_finds_what_any_has_kept(tmp_path: Path) -> None:
    one, other = SharedTraces(tmp_path / "traces"), SharedTraces(tmp_path / "traces")
    names = {kept(each, path): path for each in (one, other) for path in ("/a", "/b", "/c")}
    assert len(names) == 6
    for name, path in names.items():
        assert one.find(name)["path"] == other.find(name)["path"] == path


def test_a_worker_that_took_anothers_place_does_not_know_its_traces() -> None:
    before, after = Traces(), Traces()
    name = kept(before)
    kept(after)
    assert not is_found(after, name)


def test_the_latest_are_kept_and_the_oldest_forgotten() -> None:
    assert the_latest(Traces(most=100)) == list(range(400, 500))


def test_the_latest_are_kept_in_a_file_of_one_size(tmp_path: Path) -> None:
    traces = SharedTraces(tmp_path / "traces", most=10_000)
    assert 15 < len(the_latest(traces)) < 120
    (file,) = (tmp_path / "traces").iterdir()
    assert file.stat().st_size == 10_000 + ROOM


def test_one_that_is_too_long_for_the_file_is_not_found_and_does_no_harm(tmp_path: Path) -> None:
    traces = SharedTraces(tmp_path / "traces", most=ROOM)
    long, after = kept(traces, "/" + "x" * 2 * ROOM), kept(traces)
    assert not is_found(traces, long)
    assert is_found(traces, after)


def test_clear_forgets_them_and_goes_on(make: Make) -> None:
    traces = make()
    names = [kept(traces), kept(traces)]
    traces.clear()
    assert not any(is_found(traces, name) for name in names)
    assert is_found(traces, kept(traces))


def test_clear_forgets_every_workers(tmp_path: Path) -> None:
    one, other = SharedTraces(tmp_path / "traces"), SharedTraces(tmp_path / "traces")
    names = [kept(one), kept(other)]
    one.clear()
    assert not any(is_found(other, name) for name in names)
    assert is_found(one, kept(other)) and is_found(other, kept(one))


def test_a_name_that_is_no_id_reads_nothing_else(make: Make, tmp_path: Path) -> None:
    traces = make()
    (tmp_path / "12345678").write_text('{"id": "..123456780000"}\n', encoding="utf-8")
    name = kept(traces)
    wrong = (
        "",
        "../12345678",
        "..123456780000",
        name[:8],
        name[:-1] + "9",
        name.upper() + "G",
        "0" * 16,
        "9" * 200,
    )
    for each in wrong:
        with pytest.raises(NotFound):
            traces.find(each)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    name = kept(SharedTraces(tmp_path / "traces"))
    assert stat.S_IMODE((tmp_path / "traces").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "traces" / name[:8]).stat().st_mode) == 0o600
