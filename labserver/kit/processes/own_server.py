"""A learner's own server file in a child process: `lab.run("my_server.py")`."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from labserver.kit.failures import KitError
from labserver.kit.processes.child import Child
from labserver.kit.processes.child_server import ChildServer
from labserver.runtime.lifetime import new_path

MOST_BYTES = 1024**2
LOAD_SECONDS = 20
"""How long the file may take until it has made its app."""


class OwnServer(ChildServer):
    """A server that runs a file which defines `create_app(passwords)`, as tiny.py does.

    `change` replaces pieces of its text in the process alone, and leaves the file as it is.
    """

    def __init__(self, file: str | Path, *, port: int = 0, change: Mapping[str, str] | None = None) -> None:
        self.file, self._port, self._change = Path(file), port, dict(change or {})

    @property
    def about(self) -> str:
        """The file's name, and its limits."""
        limits = self.child.ready["limits"] if self._child else "not started"
        changed = " with a change" if self._change else ""
        return f"{self.file.name}{changed} · limits: {limits}"

    def has_ended(self, patience: float = 2.0) -> bool:
        """Tell whether the process has ended, or does so within `patience` seconds: it may be about to."""
        end = time.monotonic() + patience
        while self.alive and time.monotonic() < end:
            time.sleep(0.02)
        return not self.alive

    def start(self) -> None:
        """Start the file. Raises KitError if it cannot be read, StartFailed with the line that is wrong."""
        home = new_path()
        order = {**self._order(), "port": self._port, "patience": LOAD_SECONDS, "home": str(home)}
        what, module = f"the file {self.file.name}", "labserver.runtime.own_server"
        self._child = Child(what, module, send=json.dumps(order), folder=home)

    def _order(self) -> dict[str, Any]:
        source = read_source(self.file)
        for old, new in self._change.items():
            if source.count(old) != 1:
                raise KitError(f"{self.file.name} holds {old!r} {source.count(old)} times, and not once")
            source = source.replace(old, new)
        return {"name": self.file.name, "path": str(self.file.absolute()), "source": source}


def read_source(file: Path) -> str:
    """Read a server file. Raises KitError with what to do."""
    try:
        if file.stat().st_size > MOST_BYTES:
            raise KitError(f"The file {file.name} is larger than {MOST_BYTES // 1024} KiB: is it a server?")
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        where = f" in {file.absolute().parent}" if error.errno == 2 else ""
        raise KitError(f"The file {file.name} cannot be read{where}: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise KitError(f"The file {file.name} is not UTF-8: save it in that encoding.") from None
