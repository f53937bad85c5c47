"""A few numbers that every worker of a lab server sees at once, in 64 bytes of shared memory.

Lab mode only. A worker reads them on every request, so they must cost next to nothing: a mapped file does
(0.2 us), a database would not.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_SIZE = 64
_FIELDS = {
    "offset": ("<d", 0),  # seconds the lab clock is ahead of the wall clock
    "latest": ("<d", 8),  # the latest time any worker has acted on
    "fault": ("<q", 16),  # 0 the store is up, 1 down, 2 slow
    "delay": ("<q", 24),  # microseconds, when it is slow
    "keys": ("<q", 32),  # goes up when the signing keys change
    "resets": ("<q", 40),  # goes up when everything starts afresh
    "held": ("<d", 48),  # the time at which the lab clock is held; 0 when it runs
}


class Board:
    """Read and write the shared numbers as attributes: `board.offset`, `board.fault`, ..."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(bytes(_SIZE))
            path.chmod(0o600)
        with path.open("r+b") as file:
            self.__dict__["memory"] = mmap.mmap(file.fileno(), _SIZE)

    def __getattr__(self, name: str) -> float:
        try:
            form, place = _FIELDS[name]
        except KeyError:
            raise AttributeError(name) from None
        value: float = struct.unpack_from(form, self.__dict__["memory"], place)[0]
        return value

    def __setattr__(self, name: str, value: float) -> None:
        form, place = _FIELDS[name]
        struct.pack_into(form, self.__dict__["memory"], place, value)
