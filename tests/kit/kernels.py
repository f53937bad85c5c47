"""Processes that start a lab, as a notebook's kernel does; and how to wait for what happens to it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import labserver
from labserver.kit.lab import Lab

ROOT = Path(labserver.__file__).parents[1]


def port_of(lab: Lab) -> int:
    return int(lab.url.rpartition(":")[2])


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def within(seconds: float, happens: Callable[[], bool]) -> bool:
    """Wait until something happens, at most so long. Generous callers: the machine may be busy."""
    end = time.monotonic() + seconds
    while not happens():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


KERNEL = """
import time
from labserver import Lab
lab = Lab.start()
print(lab.url.rpartition(":")[2], flush=True)
{then}
"""


@contextmanager
def kernel(then: str, home: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a Python that starts a lab, like a notebook's kernel; give it, and the lab's port."""
    environment = {**os.environ, "TMPDIR": str(home), "TEMP": str(home), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", KERNEL.format(then=then)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=home,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stderr
            port = process.stdout.readline().strip()
            assert port, process.stderr.read()
            yield process, int(port)
        finally:
            process.kill()
