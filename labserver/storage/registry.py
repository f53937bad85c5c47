"""Which stores there are, and which one a setting names."""

from __future__ import annotations

from pathlib import Path

from labserver.storage.base import Store
from labserver.storage.memory import MemoryStore
from labserver.storage.redis import RedisStore
from labserver.storage.sqlite import SQLiteStore


def open_store(url: str, home: Path) -> Store:
    """Open the store that the setting names. Raises StoreUnusable, or ValueError for an unknown kind."""
    if url == "memory:":
        return MemoryStore()
    if url.startswith("sqlite:"):
        return SQLiteStore(Path(url.removeprefix("sqlite:") or home / "sessions.db"))
    if url.startswith(("redis://", "rediss://", "unix://")):
        return RedisStore(url)
    raise ValueError(f"There is no store {url!r}: use memory:, sqlite:PATH or redis://HOST:PORT.")
