"""run.py on a Python that is too old, and what it says to everybody else."""

from __future__ import annotations

import ast
import errno
import re
import subprocess
import sys
from pathlib import Path

import pytest

from labserver.runtime.command import CommandFailed
from launcher import cli
from launcher.environment import Environment

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (ROOT / "run.py").read_bytes()


def test_the_oldest_python_can_read_it() -> None:
    """Python 2.7 wants ASCII, and knows neither f-strings nor annotations; 3.6 knows no walrus."""
    assert SOURCE.isascii()
    new = (
        ast.JoinedStr,
        ast.AnnAssign,
        ast.NamedExpr,
        ast.Match,
        ast.AsyncFunctionDef,
        ast.Nonlocal,
        ast.FunctionDef,
    )
    assert [node for node in ast.walk(ast.parse(SOURCE)) if isinstance(node, new)] == []


@pytest.mark.parametrize("version", [(2, 7, 18), (3, 6, 15), (3, 10, 13)])
def test_an_old_python_gets_one_sentence(version: tuple[int, int, int]) -> None:
    pretend = (
        f"import sys, runpy; sys.version_info = {version}; runpy.run_path('run.py', run_name='__main__')"
    )
    done = subprocess.run([sys.executable, "-c", pretend], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert f"this is Python {version[0]}.{version[1]}" in done.stderr
    assert "install a newer one" in done.stderr


def exit_code(arguments: list[str]) -> int:
    """Run a command in this process; argparse ends it by SystemExit."""
    try:
        return cli.main(arguments)
    except SystemExit as end:
        return int(end.code or 0)


@pytest.mark.parametrize(
    "command",
    ["test", "restore", "progress", "doctor", "--no-browser", "--with-outputs", ".*--port"],
)
def test_help_names_every_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(["--help"]) == 0
    assert re.search(rf"run\.py {command}", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["tset"], "invalid choice: 'tset'"),
        (["--prot", "1"], "Unrecognized arguments: --prot 1"),
        (["--no-brow"], "Unrecognized arguments: --no-brow"),
        (["--port"], "--port: expected one argument"),
        (["--port", "0"], "a port is a number"),
        (["--port=99999"], "a port is a number"),
        (["--port", "²"], "a port is a number"),
        (["--no-browser=yes"], "--no-browser: ignored explicit argument"),
        (["--port", "8890", "test"], "Unrecognized arguments: test"),
        (["doctor", "--nonsense"], "Unrecognized arguments: --nonsense"),
        (["restore"], "arguments are required: NN"),
        (["restore", "02", "03"], "Unrecognized arguments: 03"),
        (["restore", "77"], "no notebook '77'"),
    ],
)
def test_wrong_words_are_answered_with_the_right_ones(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Environment, "make", lambda self: pytest.fail("set up for a wrong command"))
    assert exit_code(arguments) == 2
    err = capsys.readouterr().err
    assert says in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "port", "no_browser"),
    [([], None, False), (["lab", "--no-browser", "--port", "8890"], 8890, True), (["--port=1"], 1, False)],
)
def test_options_of_the_lab(arguments: list[str], port: int | None, no_browser: bool) -> None:
    options = cli.parse(arguments)
    assert (options.run, options.port, options.no_browser) == (cli.open_lab, port, no_browser)
    assert not options.with_outputs and cli.parse([*arguments, "--with-outputs"]).with_outputs


@pytest.mark.parametrize("flags", [[], ["--json"], ["--reset"]])
def test_progress_is_read_where_the_learners_copies_are(
    flags: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[str, ...]] = []

    def run(*words: str) -> int:
        ran.append(words)
        return 0

    monkeypatch.setattr(cli, "labserver", run)
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    assert cli.main(["progress", *flags]) == 0
    assert ran == [("progress", str(tmp_path / "work"), *flags)]
    assert (tmp_path / "work").is_dir(), "also before the lab was opened for the first time"


@pytest.mark.parametrize(
    ("arguments", "rest", "fast"),
    [
        ([], [], False),
        (["--fast"], [], True),
        (["tests/unit", "-k", "cookie", "--fast", "-x"], ["tests/unit", "-k", "cookie", "-x"], True),
        (["-k", "cookie", "--fas"], ["-k", "cookie", "--fas"], False),
    ],
)
def test_what_test_does_not_know_goes_to_pytest(arguments: list[str], rest: list[str], fast: bool) -> None:
    options = cli.parse(["test", *arguments])
    assert (options.run, options.rest, options.fast) == (cli.test, rest, fast)


@pytest.mark.parametrize(
    ("failure", "code", "says"),
    [
        (CommandFailed("Do this."), 1, "Do this."),
        (CommandFailed("Do that.", 2), 2, "Do that."),
        (KeyboardInterrupt(), 130, "takes up what is unfinished"),
        (OSError(errno.ENOSPC, "No space left on device"), 1, "The disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "work"), 1, "work may not be written"),
        (OSError(errno.EIO, "Input/output error"), 1, "Input/output error"),
    ],
)
def test_what_a_reader_can_mend_is_a_sentence_not_a_traceback(
    failure: BaseException,
    code: int,
    says: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(self: Environment) -> None:
        raise failure

    monkeypatch.setattr(Environment, "make", fail)
    assert cli.main([]) == code
    err = capsys.readouterr().err.strip()
    assert says in err
    assert "\n" not in err
