"""A few numbers that every worker of a lab server sees at once, in 64 bytes of shared memory.

Lab mode only. A worker reads them on every request, so they must cost next to nothing: a mapped file does
(0.2 us), a database would not.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Any

_SIZE = 64


class _Number:
    """One of the numbers as an attribute: a double ("d") or a whole number ("q") of eight bytes."""

    def __init__(self, form: str, place: int) -> None:
        self._form, self._place = form, place

    def __get__(self, board: Board, owner: type) -> float:
        value: float = board.numbers[self._form][self._place]
        return value

    def __set__(self, board: Board, value: float) -> None:
        board.numbers[self._form][self._place] = value


class Board:
    """Read and write the shared numbers as attributes: `board.offset`, `board.fault`, ..."""

    offset = _Number("d", 0)  # seconds the lab clock is ahead of the wall clock
    latest = _Number("d", 1)  # the latest time any worker has acted on
    fault = _Number("q", 2)  # 0 the store is up, 1 down, 2 slow
    delay = _Number("q", 3)  # microseconds, when it is slow
    keys = _Number("q", 4)  # goes up when the signing keys change
    resets = _Number("q", 5)  # goes up when everything starts afresh
    held = _Number("d", 6)  # the time at which the lab clock is held; 0 when it runs

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_SIZE))
            path.chmod(0o600)
        with path.open("r+b") as file:
            memory = memoryview(mmap.mmap(file.fileno(), _SIZE))
        self.numbers: dict[str, Any] = {form: memory.cast(form) for form in ("d", "q")}
