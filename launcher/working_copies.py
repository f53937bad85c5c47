"""The learner's copies: notebooks/ stays as git has it, work/ is the learner's own.

A copy that its owner never changed follows the original; a changed one is left alone until asked for.
Copies come without outputs, so that nothing is known before it is run.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from labserver.runtime.command import CommandFailed

LEFT_OUT = {"instructor", "__pycache__", ".ipynb_checkpoints"}
"""Folders of notebooks/ that learners do not get a copy of."""


@dataclass(frozen=True)
class WorkingCopies:
    """One clone's originals and copies."""

    root: Path
    with_outputs: bool = False

    @property
    def originals(self) -> Path:
        """The notebooks as git has them."""
        return self.root / "notebooks"

    @property
    def folder(self) -> Path:
        """The learner's own copies."""
        return self.root / "work"

    @property
    def memory(self) -> Path:
        """The file that remembers from which originals the copies were made."""
        return self.folder / ".originals.json"

    def names(self) -> list[str]:
        """Every original that learners get, as a path below notebooks/ with forward slashes, sorted."""
        found = (path for path in self.originals.rglob("*") if path.is_file())
        relative = (path.relative_to(self.originals) for path in found)
        return sorted(path.as_posix() for path in relative if not LEFT_OUT.intersection(path.parts))

    def hand_out(self) -> list[str]:
        """Make or refresh the copies; returns the names of changed ones whose original has moved on since.

        Raises OSError when work/ cannot be written.
        """
        self.folder.mkdir(exist_ok=True)
        known = self._remembered()
        behind = []
        for name in self.names():
            content, other = self._forms(name)
            copy, wanted = self.folder / name, digest_of(content)
            found, ours = digest(copy), (wanted, digest_of(other))
            if found not in (None, *ours, known.get(name)):
                if known.get(name) not in ours:
                    behind.append(name)
                continue
            if found != wanted:
                put(content, copy)
            known[name] = wanted
        for name in sorted(
            known.keys() - set(self.names())
        ):  # gone from the lab: its unchanged copy goes too
            copy = self.folder / name
            if digest(copy) == known.pop(name):
                copy.unlink()
        self._remember(known)
        return behind

    def as_shipped(self) -> list[str]:
        """The notebooks in work/ that are as we handed them out, byte for byte: for these we can vouch."""
        names = [name for name in self.names() if name.endswith(".ipynb")]
        return [name for name in names if digest(self.folder / name) in [*map(digest_of, self._forms(name))]]

    def restore(self, which: str, now: datetime) -> list[tuple[str, str | None]]:
        """Put originals back: `which` is a number (02), a name, or all.

        Gives (name, where the learner's version went, below work/; None when there was nothing to keep).
        Raises CommandFailed when there is no such notebook.
        """
        chosen = self._choose(which)
        known = self._remembered()
        done = []
        for name in chosen:
            content, other = self._forms(name)
            copy, wanted = self.folder / name, digest_of(content)
            found = digest(copy)
            kept = None
            if found not in (None, wanted, digest_of(other)):
                kept = keep(copy, self.folder / "kept", now).relative_to(self.folder).as_posix()
            if found != wanted:
                put(content, copy)
            known[name] = wanted
            done.append((name, kept))
        self._remember(known)
        return done

    def _forms(self, name: str) -> tuple[bytes, bytes]:
        """Return what is handed out of this original, and its other form, with outputs or without."""
        whole = (self.originals / name).read_bytes()
        bare = without_outputs(whole) if name.endswith(".ipynb") else whole
        return (whole, bare) if self.with_outputs else (bare, whole)

    def _choose(self, which: str) -> list[str]:
        names = self.names()
        if which == "all":
            return names
        which = which.replace("\\", "/").removeprefix("work/").removesuffix(".ipynb")
        number = which.zfill(2) + "-" if which.isdigit() else None
        top = [name for name in names if "/" not in name and name.endswith(".ipynb")]
        for name in top:
            if name.removesuffix(".ipynb") == which or (number and name.startswith(number)):
                return [name]
        there = ", ".join(name.split("-")[0] for name in top) or "none"
        raise CommandFailed(
            f"There is no notebook {which!r}: type restore with one of {there}, or with all.", 2
        )

    def _remembered(self) -> dict[str, str]:
        try:
            found = json.loads(self.memory.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}

    def _remember(self, known: dict[str, str]) -> None:
        self.folder.mkdir(exist_ok=True)
        text = json.dumps(known, indent=1, sort_keys=True)
        if not self.memory.exists() or self.memory.read_text(encoding="utf-8") != text:
            note = self.memory.with_suffix(f".{os.getpid()}.new")
            note.write_text(text, encoding="utf-8")
            note.replace(self.memory)


def digest(path: Path) -> str | None:
    """The SHA-256 of a file, in hex; None when there is none."""
    try:
        return digest_of(path.read_bytes())
    except FileNotFoundError:
        return None


def digest_of(content: bytes) -> str:
    """The SHA-256 of a file's content, in hex."""
    return hashlib.sha256(content).hexdigest()


def without_outputs(content: bytes) -> bytes:
    """Take outputs and execution counts from a notebook; what is no notebook stays as it is."""
    try:
        notebook = json.loads(content)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                cell["outputs"], cell["execution_count"] = [], None
    except (ValueError, KeyError, TypeError):
        return content
    return f"{json.dumps(notebook, ensure_ascii=False, indent=1)}\n".encode()


def put(content: bytes, copy: Path) -> None:
    """Write a copy whole or not at all: a run killed half way leaves no half notebook."""
    copy.parent.mkdir(parents=True, exist_ok=True)
    fresh = copy.with_name(f".{copy.name}.{os.getpid()}.new")
    fresh.write_bytes(content)
    fresh.replace(copy)


def keep(copy: Path, kept: Path, now: datetime) -> Path:
    """Move a copy among the kept ones, under a name with the time in it; never over another.

    Raises CommandFailed where 9,999 others have that name.
    """
    kept.mkdir(parents=True, exist_ok=True)
    stem = f"{copy.stem}.{now:%Y-%m-%d-%H%M}"
    for count in range(1, 10_000):
        place = kept / (stem + (f"-{count}" if count > 1 else "") + copy.suffix)
        try:
            place.open("xb").close()  # reserved, even if another run restores at the same time
        except FileExistsError:
            continue
        return copy.replace(place)
    raise CommandFailed(f"There are too many kept versions of {copy.name}: move some out of {kept}.")
