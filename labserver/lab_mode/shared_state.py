"""A few numbers that every worker of a lab server sees at once, in shared memory.

Lab mode only. A worker reads them on every request, so they must cost next to nothing: a mapped file does
(0.05 us), a database would not.
"""

from __future__ import annotations

import ctypes
import mmap
from pathlib import Path
from typing import Self


class SharedState(ctypes.Structure):
    """Read and write the shared numbers as attributes: `shared.offset`, `shared.fault`, ..."""

    offset: float  # seconds the lab clock is ahead of the wall clock
    latest: float  # the latest time any worker has acted on
    fault: int  # 0 the store is up, 1 down, 2 slow
    delay: int  # microseconds, when it is slow
    keys: int  # goes up when the signing keys change
    resets: int  # goes up with each reset
    held: float  # the time at which the lab clock is held; 0 when it runs
    tickets: int  # goes up when a ticket for the stage is made, and when it is used
    _fields_ = (
        ("offset", ctypes.c_double),
        ("latest", ctypes.c_double),
        ("fault", ctypes.c_int64),
        ("delay", ctypes.c_int64),
        ("keys", ctypes.c_int64),
        ("resets", ctypes.c_int64),
        ("held", ctypes.c_double),
        ("tickets", ctypes.c_int64),
    )

    @classmethod
    def at(cls, path: Path) -> Self:
        """Open the state in this file, which is made if it is not there, or of an earlier version."""
        size = ctypes.sizeof(cls)
        if not path.exists() or path.stat().st_size != size:
            path.write_bytes(bytes(size))
            path.chmod(0o600)
        with path.open("r+b") as file:
            return cls.from_buffer(mmap.mmap(file.fileno(), size))
