"""A child process that a notebook starts, and that cannot outlive it."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from labserver.kit.failures import StartFailed, start_failed
from labserver.kit.stopped import STEP, heed
from labserver.runtime.child_environment import same_python
from labserver.runtime.child_messages import ASK, ExitReason, Failure, read_failure
from labserver.runtime.lifetime import remove

START_TIMEOUT = 45.0
"""Seconds until a start is given up."""

LOG_BYTES = 8192
_OURS = str(Path(__file__).resolve().parents[3])
"""A child imports this very package, wherever the notebook found it."""


class Child:
    """Run a module of ours as `python -m …`; `ready` is its ready message, the JSON object it prints first.

    The child ends when its standard input closes. Only this process holds the other end: however this one
    ends, even killed, when no clean-up code runs, the child notices and goes. A `folder` that the child works
    in is removed after its end, however that came: the child itself may have had no time to.
    """

    def __init__(
        self,
        what: str,
        module: str,
        *arguments: str,
        send: str = "",
        timeout: float = START_TIMEOUT,
        folder: Path | None = None,
    ) -> None:
        self.what, self._module, self._owner = what, module, os.getpid()
        self._folder = folder
        self.run(*arguments, send=send, timeout=timeout)

    def run(self, *arguments: str, send: str = "", timeout: float = START_TIMEOUT) -> None:
        """Start the process; again, and perhaps with other arguments, when it has ended. Raises StartFailed.

        `send` goes to its standard input, as arguments stand in the list of processes.
        """
        self.command = " ".join(["python -m", self._module, *arguments])
        heed()
        self._reader: threading.Thread | None = None
        # A file without a name: nothing to tidy up, and unlike a pipe it never fills up and stalls the child.
        self._log = tempfile.TemporaryFile()  # noqa: SIM115
        self._process = subprocess.Popen(  # noqa: S603 - our own module, no shell
            [sys.executable, "-m", self._module, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            env=same_python(os.environ, _OURS) | ASK,
            **_APART,
        )
        try:
            self.send(send)
            self.ready: dict[str, Any] = self._first_line(timeout)
        except BaseException:
            self.stop(at_once=True)
            raise

    @property
    def alive(self) -> bool:
        """Tell whether the process runs."""
        return self._process.poll() is None

    @property
    def pid(self) -> int:
        """The number of the process."""
        return self._process.pid

    def kill(self) -> None:
        """End the process as a crash does: it cannot save anything or report why."""
        if os.getpid() == self._owner and self.alive:
            self._process.kill()
            self.stop()
            self._reason = ExitReason("killed")

    def stop(self, patience: float = 5.0, *, at_once: bool = False) -> None:
        """End the process and wait for it; safe to call again. After `patience` seconds it is made to go.

        With `at_once` it gets a signal, too: while it is starting, it does not look at its input yet.
        """
        if os.getpid() != self._owner:  # a fork of the notebook's process is not its owner
            return
        with contextlib.suppress(OSError):
            if self._process.stdin:
                self._process.stdin.close()
        if at_once:
            self._process.terminate()
        for insist in (None, self._process.terminate, self._process.kill):
            if insist:
                insist()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(patience)
                break
        if self._reader:
            self._reader.join(1)
        if self._process.stdout and not (self._reader and self._reader.is_alive()):
            self._process.stdout.close()
        self._log.close()
        if self._folder:
            remove(self._folder)
        self._reason = ExitReason("stopped")

    def log(self) -> str:
        """Read the end of what the process has written on standard error; empty once it was stopped."""
        if self._log.closed:
            return ""
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(0, size - LOG_BYTES))
        return self._log.read().decode("utf-8", "replace")

    def exit_reason(self) -> ExitReason:
        """Return why nobody answers."""
        if self._log.closed:
            return self._reason
        if self.alive:
            return ExitReason("silent")
        log, code = self.log(), self._process.returncode
        if failure := read_failure(log):
            return ExitReason("ended", failure.code, failure.message, code)
        return ExitReason("ended", exit_code=code, log=log)

    def send(self, what: Mapping[str, Any] | str) -> None:
        """Write a line to the process's standard input: a JSON object, or some text as it is."""
        line = what if isinstance(what, str) else json.dumps(what)
        with contextlib.suppress(OSError, ValueError):  # it has ended already, and its log says why
            if line and self._process.stdin:
                self._process.stdin.write(f"{line}\n".encode())
                self._process.stdin.flush()

    def lines(self, seconds: float) -> Iterator[dict[str, Any]]:
        """Yield the JSON objects that the process prints after its first, until it ends.

        Raises TimeoutError if that takes longer than `seconds`.
        """
        end = time.monotonic() + seconds
        lines = self._read(None)
        while True:
            try:
                line = _next(lines, end - time.monotonic())
            except queue.Empty:
                raise TimeoutError(f"{self.what} took longer than {seconds:.0f} s") from None
            if not line:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(5)  # it is about to end: then exit_reason() can tell how
                return
            yield json.loads(line)

    def _read(self, most: int | None) -> queue.Queue[bytes]:
        """Read lines in a thread, at most `most`; an empty one says that there are no more."""
        lines: queue.Queue[bytes] = queue.Queue()
        stdout = self._process.stdout
        assert stdout is not None  # noqa: S101 - we asked for a pipe

        def read() -> None:
            with contextlib.suppress(ValueError, OSError):  # closed meanwhile: nothing more to read
                for line in itertools.islice(stdout, most):
                    lines.put(line)
            lines.put(b"")

        self._reader = threading.Thread(target=read, daemon=True)
        self._reader.start()
        return lines

    def _first_line(self, timeout: float) -> dict[str, Any]:
        lines = self._read(1)
        with contextlib.suppress(queue.Empty, ValueError):
            ready = json.loads(_next(lines, timeout))
            if isinstance(ready, dict):
                return ready
        raise self._failed(timeout)

    def _failed(self, timeout: float) -> StartFailed:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        code, log = self._process.poll(), self.log()
        if code is None:
            failure = Failure("no_answer", f"no answer within {timeout:.0f} s")
        else:
            failure = read_failure(log) or Failure("", f"it ended with exit code {code}")
        return start_failed(self.what, self.command, failure, log)


def _next(lines: queue.Queue[bytes], seconds: float) -> bytes:
    """Wait for a line, in short steps, so that an interrupt is noticed. Raises queue.Empty if none comes."""
    end = time.monotonic() + seconds
    while True:
        heed()
        left = end - time.monotonic()
        with contextlib.suppress(queue.Empty) if left > STEP else contextlib.nullcontext():
            return lines.get(timeout=max(0.0, min(STEP, left)))


# Interrupting a cell (Ctrl-C) signals the kernel's whole process group: the server must not be in it.
_APART: dict[str, Any] = {"start_new_session": True}
if sys.platform == "win32":
    _APART = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}


def words(*pairs: tuple[str, str | int | None]) -> Sequence[str]:
    """Write options for a command line, leaving out those that are None."""
    return [word for name, value in pairs if value is not None for word in (name, str(value))]
