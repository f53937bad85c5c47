"""Servers of one file, for the tests: the model server, and what makes such a server quick."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "notebooks" / "solutions" / "12-your-own-server"
MODEL = FOLDER / "my_server.py"

FAST = {"time_cost=2, memory_cost=19 * 1024": "time_cost=1, memory_cost=8"}
"""A change of tiny.py's text, and of the model server's: passwords are quick to check."""


def fast(file: Path, folder: Path) -> Path:
    """Copy a server file with passwords that are quick to check."""
    source = file.read_text(encoding="utf-8")
    for old, new in FAST.items():
        assert old in source
        source = source.replace(old, new)
    copy = folder / file.name
    copy.write_text(source, encoding="utf-8")
    return copy
