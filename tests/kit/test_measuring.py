"""The command that proves the kit: an injected difference is found on a real server."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from benchmarks import measuring


def test_what_is_injected_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = tmp_path / "runs.json"
    options = ["--runs", "2", "--us", "3000", "--seconds", "3", "--seed", "1", "--json", str(kept)]
    assert measuring.main(options) == 0
    summary = capsys.readouterr().out
    assert "3000 µs injected: a difference seen in 2 of 2 runs" in summary
    assert re.search(r" 0 µs injected: a difference seen in \d of 2 runs", summary)
    data = json.loads(kept.read_text(encoding="utf-8"))
    assert [us for us, _, _ in data["delays"]] == list(measuring.DELAYS[1:])
    assert all(2000 < run["us"] < 6000 for run in data["3000"])


def test_a_series_is_summed_up() -> None:
    runs = [
        {"us": 10.0, "low": 8.0, "high": 12.0, "seconds": 1.0, "rounds": 9},
        {"us": 4.0, "low": -1.0, "high": 9.0, "seconds": 3.0, "rounds": 9},
    ]
    assert measuring.summary(10, runs) == (
        " 10 µs injected: a difference seen in 1 of 2 runs; found 4.0 to 10.0 µs, ± 3.5 as a rule; "
        "the interval holds 10 in 1; 3.0 s, at most 3.0"
    )
