"""What is installed, what is missing, and what to type: the report of `labserver doctor`."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from labserver.runtime.command import show
from labserver.runtime.redis_server import find_redis, where_from

ROOT = Path(__file__).resolve().parents[2]
OLDEST_PYTHON = (3, 11)
ROOM = 300  # MiB: databases and certificates are small, but an installation is not
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
WAL_IS_SAFE = (3, 51, 3)


@dataclass(frozen=True)
class Finding:
    """One line of the report. `state` says whether the server runs without it; `cure` is what to do."""

    what: str
    state: Literal["ok", "missing", "optional"]
    found: str
    cure: str = ""


def report(*, as_json: bool) -> int:
    """Print the findings. Return 1 if something is missing that has to be there, else 0."""
    findings = list(examine())
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        wide = max(len(finding.what) for finding in findings)
        for finding in findings:
            show(f"{finding.state:8}  {finding.what:{wide}}  {finding.found}")
            if finding.cure:
                show(f"{'':8}  {'':{wide}}  → {finding.cure}")
    return int(any(finding.state == "missing" for finding in findings))


def examine() -> Iterator[Finding]:
    """Look at everything the lab uses."""
    yield python()
    yield from map(package, requirements())
    yield registry("stores", "labserver.storage.registry", "STORES")
    yield registry("algorithms", "labserver.auth.tokens.algorithms", "ALGORITHMS")
    yield sqlite()
    yield port()
    yield disk(Path(tempfile.gettempdir()))
    yield redis()
    yield locust()
    yield chromium()


def python() -> Finding:
    """Compare the version of Python with the oldest that is needed."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", "ok", f"{found}, {sys.executable}")
    return Finding("Python", "missing", found, "install Python 3.11 or newer from python.org")


def requirements() -> list[str]:
    """List what has to be installed: in a checkout the server, the notebooks and Redis, else the server."""
    if (file := ROOT / "pyproject.toml").exists():
        project = tomllib.loads(file.read_text(encoding="utf-8"))["project"]
        extras = project["optional-dependencies"]
        return [*project["dependencies"], *extras["redis"], *extras["lab"]]
    return [line for line in metadata.requires("labserver") or () if "extra ==" not in line]


def package(requirement: str) -> Finding:
    """Compare the installed version of one package with the oldest that is needed."""
    parts = re.match(r"([\w.-]+)(?:\[.*?\])?(?:>=([\d.]+))?", requirement)
    name, floor = (parts[1], parts[2] or "0") if parts else (requirement, "0")
    cure = f'python -m pip install "{name}>={floor}"'
    try:
        found = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(name, "missing", "not installed", cure)
    if numbers(found) < numbers(floor):
        return Finding(name, "missing", f"{found}, older than {floor}", cure)
    return Finding(name, "ok", found)


def registry(what: str, module: str, attribute: str) -> Finding:
    """List the names in one of the server's registries."""
    try:
        names = getattr(importlib.import_module(module), attribute)
    except ImportError as error:
        return Finding(what, "missing", str(error), "install the packages that are missing above")
    return Finding(what, "ok", ", ".join(names))


def numbers(version: str) -> tuple[int, ...]:
    """Read the numbers a version begins with: 2.15.1rc1 is (2, 15, 1), and (2, 8) is not below (2, 8, 0)."""
    found = [int(part) for part in re.findall(r"\d+", version.split("+")[0])[:4]]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)


def sqlite() -> Finding:
    """Find out which SQLite `apsw` holds: a wheel contains its own, a build may use the system's."""
    cure = 'python -m pip install --force-reinstall --only-binary apsw "apsw>=3.51.3"'
    try:
        found = importlib.import_module("apsw").sqlite_lib_version()
    except ImportError:
        return Finding("SQLite", "missing", "not there, as apsw is not", cure)
    if numbers(found) < WAL_IS_SAFE:  # https://sqlite.org/wal.html
        return Finding("SQLite", "missing", f"{found}; before 3.51.3 its write-ahead log is not safe", cure)
    return Finding("SQLite", "ok", found)


def port() -> Finding:
    """Try whether a port of this machine can be opened, and reached."""
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as listener,
            socket.create_connection(listener.getsockname(), timeout=3),
        ):
            return Finding("a port", "ok", f"127.0.0.1:{listener.getsockname()[1]} opens and answers")
    except OSError as error:
        return Finding(
            "a port", "missing", str(error), "let programs use 127.0.0.1 in the firewall's settings"
        )


def disk(folder: Path) -> Finding:
    """Compare the free space with what a set-up needs."""
    free = shutil.disk_usage(folder).free >> 20
    if free >= ROOM:
        return Finding("disk", "ok", f"{free:,} MiB free in {folder}")
    return Finding("disk", "missing", f"{free} MiB free in {folder}", f"make room for {ROOM} MiB")


def redis() -> Finding:
    """Look for a redis-server program."""
    program = find_redis()
    if program:
        return Finding("Redis", "ok", f"{said_by(program)}, {program}")
    return Finding("Redis", "optional", "no redis-server", f"for several machines: {where_from()}")


def locust() -> Finding:
    """Look for Locust."""
    try:
        return Finding("Locust", "ok", metadata.version("locust"))
    except metadata.PackageNotFoundError:
        cure = 'for throughput: python -m pip install "locust>=2.47"'
        return Finding("Locust", "optional", "not installed", cure)


def chromium() -> Finding:
    """Look for a browser that the tests can drive."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program:
        return Finding("Chromium", "ok", program)
    return Finding("Chromium", "optional", "none on the path", "for the browser tests: install chromium")


def said_by(program: str) -> str:
    """Ask a program for its version."""
    try:
        done = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=10)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"does not run ({error})"
    found = re.search(r"v=(\S+)|(\d+\.\d[\w.]*)", done.stdout)
    return (found[1] or found[2]) if found else "unknown version"
