"""A temporary home is gone afterwards, at whatever moment the end comes."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from labserver.runtime import lifetime


class Stop:
    """Raise SystemExit, as a signal's handler does, before the so-many-th line of the module."""

    def __init__(self, line: int) -> None:
        self.left = line

    def __call__(self, frame: FrameType, event: str, value: Any) -> Any:
        if frame.f_code.co_filename != lifetime.__file__:
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise SystemExit(0)
        return self


def stopped_at(line: int) -> bool:
    """Make a home, and be stopped at this line; False if it was made before."""
    made = lifetime.temporary_home()
    before = sys.gettrace()
    sys.settrace(Stop(line))
    try:
        made.__enter__()
    except SystemExit:
        return True
    finally:
        sys.settrace(before)
    made.__exit__(None, None, None)
    return False


def test_a_stop_while_it_is_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    line = 1
    while stopped_at(line):
        assert list(tmp_path.iterdir()) == [], f"stopped at line {line} of it"
        line += 1
    assert line > 15, "it was stopped at each line"
    assert list(tmp_path.iterdir()) == []
