"""Every command prints on every terminal, and what went wrong with it has no verdict's exit code."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from labserver.runtime import command
from tests.conftest import StartServer
from tests.process.processes import LABSERVER, ROOT, START_SECONDS

MODULE = [sys.executable, "-m"]
RUN = [sys.executable, "run.py"]
COMMANDS = [
    ([*LABSERVER, "--help"], 0),
    ([*LABSERVER, "serve", "--help"], 0),
    ([*LABSERVER, "serve", "--weak", "…"], 2),
    ([*LABSERVER, "service", "--help"], 0),
    ([*LABSERVER, "service", "--issuer", "…"], 2),
    ([*LABSERVER, "user", "add", "--help"], 0),
    ([*LABSERVER, "user", "add", "…", "--role", "…"], 2),
    ([*LABSERVER, "attack", "--help"], 0),
    ([*LABSERVER, "attack", "--list"], 0),
    ([*LABSERVER, "attack"], 2),
    ([*LABSERVER, "check", "--help"], 0),
    ([*LABSERVER, "check", "….py"], 2),
    ([*LABSERVER, "claims", "--list"], 0),
    ([*LABSERVER, "claims", "--only", "…"], 2),
    ([*LABSERVER, "other-sites", "--port", "…"], 2),
    ([*LABSERVER, "progress"], 0),
    ([*LABSERVER, "progress", "…"], 2),
    ([*LABSERVER, "attack", "--ready", "…"], 2),
    ([*LABSERVER, "load", "--help"], 0),
    ([*LABSERVER, "load"], 2),
    ([*LABSERVER, "lab", "--port", "…"], 2),
    ([*LABSERVER, "doctor"], 0),
    ([*LABSERVER, "doctor", "--json"], 0),
    ([*RUN, "--help"], 0),
    ([*RUN, "…"], 2),
    ([*RUN, "restore", "…"], 2),
    ([*RUN, "progress", "…"], 2),
    ([*MODULE, "tools.contents", "--help"], 0),
    ([*MODULE, "tools.notebook", "--help"], 0),
    ([*MODULE, "tools.notebook", "lint", "….ipynb"], 1),
    ([*MODULE, "tools.screenshots", "--help"], 0),
    ([*MODULE, "benchmarks.capacity", "--help"], 0),
    ([*MODULE, "benchmarks.crash", "--help"], 0),
    ([*MODULE, "benchmarks.growth", "--help"], 0),
    ([*MODULE, "benchmarks.growth", "--sizes", "…"], 2),
    ([*MODULE, "benchmarks.measuring", "--help"], 0),
    ([*MODULE, "benchmarks.peers", "--help"], 0),
]
NAMES = [" ".join(words[1:]).removeprefix("-m ") for words, _ in COMMANDS]
ENCODINGS = ("cp1252", "ascii", "latin-1")


def start(words: list[str], encoding: str = "utf-8", **options: object) -> subprocess.CompletedProcess[bytes]:
    variables = {**os.environ, "PYTHONIOENCODING": encoding}
    options = {"stdin": subprocess.DEVNULL, "capture_output": True} | options
    return subprocess.run(words, cwd=ROOT, env=variables, timeout=START_SECONDS, **options)  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(("words", "code"), COMMANDS, ids=NAMES)
def test_a_command_prints_on_any_terminal(words: list[str], code: int) -> None:
    """ASCII has the fewest characters: what prints there prints in every other encoding."""
    done = start(words, "ascii")
    said = (done.stdout + done.stderr).decode("ascii")
    assert done.returncode == code, said
    assert said.strip() and "Traceback" not in said


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(("options", "code"), [((), 0), (("--weak", "alg-none"), 1)], ids=["held", "got in"])
def test_an_attack_gives_its_verdict_on_any_terminal(
    servers: StartServer, options: tuple[str, ...], code: int, encoding: str
) -> None:
    message = json.dumps(servers(*options).ready).encode()
    words = [*LABSERVER, "attack", "--only", "alg_none"]
    done = start(words, encoding, stdin=None, input=message)
    assert done.returncode == code, done.stderr
    assert b"\\u2192" in done.stdout, "an arrow"
    assert done.stderr == b""


@pytest.mark.parametrize(
    ("words", "unbuffered"),
    [
        ([*LABSERVER, "doctor"], ""),
        ([*LABSERVER, "doctor"], "1"),
        ([*LABSERVER, "attack", "--list"], ""),
        ([*LABSERVER, "attack", "--list"], "1"),
        ([*LABSERVER, "--help"], ""),
        ([*LABSERVER, "--help"], "1"),
        ([*RUN, "--help"], ""),
        ([*RUN, "--help"], "1"),
    ],
)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is Linux's")
def test_a_full_disk_is_no_verdict(
    words: list[str], unbuffered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    with open("/dev/full", "wb") as full:
        done = start(words, capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == command.NOT_WRITTEN, done.stderr
    assert done.stderr.count(b"\n") <= 1


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.skipif(sys.platform == "win32", reason="pipes of this kind are a POSIX matter")
def test_a_reader_that_has_gone_is_no_verdict(unbuffered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    reads, writes = os.pipe()
    os.close(reads)
    with os.fdopen(writes, "wb") as gone:
        done = start([*LABSERVER, "doctor"], capture_output=False, stdout=gone, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (command.READER_GONE, b"")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's way to close a stream")
@pytest.mark.parametrize(("closed", "code"), [("<&-", 2), (">&-", 2), ("2>&-", 2), ("<&- >&- 2>&-", 2)])
def test_a_closed_stream_changes_no_verdict(closed: str, code: int) -> None:
    done = start(["sh", "-c", f'"{sys.executable}" -m labserver attack {closed}'])
    assert done.returncode == code
    assert b"Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="a shell's way to close a stream")
def test_nothing_is_printed_into_what_took_a_closed_stream_s_number(tmp_path: Path) -> None:
    program = "import sys\nfrom labserver.runtime import command\n" + (
        "command.open_streams()\nfile = open(sys.argv[1], 'w')\nprint('lost', flush=True)"
    )
    kept = tmp_path / "kept"
    done = start(["sh", "-c", f'"{sys.executable}" -c "$0" "$1" >&-', program, str(kept)])
    assert (done.returncode, kept.read_text()) == (0, ""), done.stderr


def fail(error: BaseException) -> Callable[[], int]:
    def main() -> int:
        raise error

    return main


@pytest.mark.parametrize(
    ("main", "code"),
    [
        (lambda: 0, 0),
        (lambda: 1, 1),
        (fail(SystemExit(3)), 3),
        (fail(SystemExit(None)), 0),
        (fail(KeyboardInterrupt()), command.INTERRUPTED),
        (fail(ZeroDivisionError()), command.CRASHED),
        (fail(OSError(errno.ENOENT, "not there")), command.CRASHED),
        (fail(OSError(errno.ENOSPC, "full")), command.NOT_WRITTEN),
        (fail(BrokenPipeError(errno.EPIPE, "gone")), command.READER_GONE),
    ],
)
def test_each_end_has_a_code_of_its_own(
    main: Callable[[], int], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command.run(main) == code
    said = capsys.readouterr().err
    assert ("Traceback" in said) == (code == command.CRASHED)


def test_an_import_that_fails_is_a_crash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "argparse.py").write_text("raise ImportError('half an installation')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    done = start([*LABSERVER, "doctor"])
    assert done.returncode == command.CRASHED
    assert done.stderr.rstrip().endswith(b"ImportError: half an installation"), "its last line tells"


@pytest.mark.skipif(sys.platform == "win32", reason="signals of this kind are a POSIX matter")
def test_ctrl_c_is_no_verdict() -> None:
    interrupted = (
        "import sys, signal, os\nfrom labserver import __main__ as labserver\n"
        "from labserver.cli import doctor\n"
        "doctor.run = lambda options: os.kill(os.getpid(), signal.SIGINT) or 1\n"
        "sys.argv[1:] = ['doctor']\nsys.exit(labserver.start())"
    )
    done = start([sys.executable, "-c", interrupted])
    assert (done.returncode, done.stderr) == (command.INTERRUPTED, b"labserver: Stopped.\n")


@pytest.mark.parametrize("words", [["user", "add", "ada", "--home", "HOME"], ["serve", "--store", "-"]])
def test_input_in_another_encoding_gets_a_sentence(words: list[str], tmp_path: Path) -> None:
    words = [str(tmp_path) if word == "HOME" else word for word in words]
    done = start([*LABSERVER, *words], "ascii", stdin=None, input="pässword\n".encode())
    assert done.returncode == 2
    assert b"Standard input is no ascii" in done.stderr and done.stderr.count(b"\n") == 1
