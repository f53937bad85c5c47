"""Where the parts of one clone's environment are."""

from __future__ import annotations

import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

WINDOWS = sys.platform == "win32"


@dataclass(frozen=True)
class Paths:
    """The paths below `root`, the folder that holds run.py."""

    root: Path

    @property
    def folder(self) -> Path:
        """The environment itself."""
        return self.root / ".venv"

    @property
    def bin(self) -> Path:
        """The folder of its commands."""
        return self.folder / ("Scripts" if WINDOWS else "bin")

    @property
    def python(self) -> Path:
        """Its Python."""
        return self.bin / ("python.exe" if WINDOWS else "python")

    @property
    def lock(self) -> Path:
        """The list of what belongs in it, with versions and hashes."""
        return self.root / "requirements.lock"

    @property
    def stamp(self) -> Path:
        """The file that says what it was made from, written at the very end."""
        return self.folder / "made.json"

    @property
    def packages(self) -> Path:
        """The folder that Python imports installed packages from."""
        places = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("purelib", "venv", places))
