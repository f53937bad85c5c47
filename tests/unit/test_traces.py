"""Traces are found by whichever worker is asked, until later ones stand in their place."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from labserver.errors import NotFound
from labserver.trace import Trace
from labserver.traces import ROOM, Traces


def kept(traces: Traces, path: str = "/session/me") -> str:
    """Keep a trace of a request to `path`; gives its id."""
    done = Trace("GET", path, "session", 0.0)
    traces.keep(done)
    return done.id


def test_every_worker_finds_what_any_has_kept(tmp_path: Path) -> None:
    one, other = Traces(tmp_path / "traces"), Traces(tmp_path / "traces")
    names = {kept(each, path): path for each in (one, other) for path in ("/a", "/b", "/c")}
    assert len(names) == 6
    for name, path in names.items():
        assert one.find(name)["path"] == other.find(name)["path"] == path
        assert one.find(name)["id"] == name


def test_the_latest_are_kept_and_the_oldest_forgotten(tmp_path: Path) -> None:
    traces = Traces(tmp_path / "traces", most=10_000)
    names = [kept(traces, f"/{number}") for number in range(500)]
    assert len(set(names)) == 500
    found = [number for number, name in enumerate(names) if is_found(traces, name)]
    assert found == list(range(500 - len(found), 500)), "those that are found are the latest, without a gap"
    assert 15 < len(found) < 120
    assert (tmp_path / "traces" / names[0][:8]).stat().st_size == 10_000 + ROOM


def is_found(traces: Traces, name: str) -> bool:
    try:
        return bool(traces.find(name))
    except NotFound:
        return False


def test_one_that_is_too_long_is_not_found_and_does_no_harm(tmp_path: Path) -> None:
    traces = Traces(tmp_path / "traces", most=ROOM)
    long, after = kept(traces, "/" + "x" * 2 * ROOM), kept(traces)
    assert not is_found(traces, long)
    assert is_found(traces, after)


def test_clear_forgets_every_workers_and_goes_on(tmp_path: Path) -> None:
    one, other = Traces(tmp_path / "traces"), Traces(tmp_path / "traces")
    names = [kept(one), kept(other)]
    one.clear()
    assert not any(is_found(other, name) for name in names)
    assert is_found(one, kept(other)) and is_found(other, kept(one))


def test_a_name_that_is_no_id_reads_nothing_else(tmp_path: Path) -> None:
    traces = Traces(tmp_path / "traces")
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
    name = kept(Traces(tmp_path / "traces"))
    assert stat.S_IMODE((tmp_path / "traces").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "traces" / name[:8]).stat().st_mode) == 0o600
