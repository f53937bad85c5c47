"""What a learner's file may use up, so that a mistake in it does not take the computer with it."""

from __future__ import annotations

import sys
from contextlib import suppress

MEMORY = 2 * 1024**3
"""Bytes of address space. tiny.py takes a fifth of it, most of it reserved for threads and never used."""

CPU_SECONDS, LIFE_SECONDS = 300, 1800
FILE = 64 * 1024**2
"""Bytes of the largest file that it may write."""


def set_limits() -> str:
    """Set the limits that this system knows, and say in words which those are."""
    minutes = f"{LIFE_SECONDS // 60} min"
    if sys.platform == "win32":
        return f"{minutes}; Windows has no limit of memory"
    import resource

    wanted = {"RLIMIT_AS": MEMORY, "RLIMIT_CPU": CPU_SECONDS, "RLIMIT_FSIZE": FILE}
    held = []
    for name, most in wanted.items():
        with suppress(AttributeError, ValueError, OSError):  # macOS refuses the first
            which = getattr(resource, name)
            hard = resource.getrlimit(which)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(which, (most, hard))
            held.append(name)
    return f"{minutes}, {MEMORY // 1024**3} GiB" if "RLIMIT_AS" in held else f"{minutes}; no limit of memory"
