"""Every test there is, one stage after the other, and a summary at the end."""

from __future__ import annotations

import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from launcher.environment import Environment

CELL_SECONDS = 60
"""How long one notebook cell may run before it counts as failed."""


AT_ONCE = ["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder"]
"""Two processes take the files, of tests or of cells, in turn: each file stays whole, in its own order."""


LINT_IMPORTS = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
"""Which module may import which: the contracts are in pyproject.toml."""


@dataclass(frozen=True)
class Stage:
    """One program that checks something."""

    name: str
    arguments: list[str]
    """What follows `python`."""


def notebooks(root: Path) -> list[str]:
    """List the notebooks, in order."""
    return [str(path.relative_to(root)) for path in sorted((root / "notebooks").glob("*.ipynb"))]


def nbval(paths: list[str]) -> list[str]:
    """Run notebooks from a fresh kernel each and compare every stored output.

    Warnings of the test process are not errors here: they would be Jupyter's own. A cell's warnings are
    part of its compared output.
    """
    return [
        *("-m", "pytest", "--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}"),
        *("--nbval-sanitize-with", "tests/notebooks/sanitize.cfg"),
        *("-p", "no:cacheprovider", "-W", "default", *paths),
    ]


def stages(root: Path, fast: bool) -> list[Stage]:
    """Return the whole list, cheapest first; `fast` leaves the notebooks out.

    The last notebooks take longest. They come first, so that no process waits for another at the end.
    """
    found = [
        Stage("ruff check", ["-m", "ruff", "check", "."]),
        Stage("ruff format", ["-m", "ruff", "format", "--check", "."]),
        Stage("imports", ["-c", LINT_IMPORTS]),
        Stage("mypy", ["-m", "mypy"]),
        Stage("pytest", ["-m", "pytest", "-p", "no:nbval", *AT_ONCE]),
    ]
    return found if fast else [*found, Stage("notebooks", [*nbval([]), *AT_ONCE, *reversed(notebooks(root))])]


def chosen(arguments: list[str]) -> Stage:
    """Return one stage for what the caller named: notebooks go to nbval, anything else to pytest."""
    if any(".ipynb" in argument for argument in arguments):
        return Stage("notebooks", nbval(arguments))
    return Stage("pytest", ["-m", "pytest", "-p", "no:nbval", *arguments])


def test(root: Path, rest: list[str], *, fast: bool = False) -> int:
    """Run the tests, the later ones also when an earlier one fails. Return 0 when all passed, else 1.

    `rest` names tests, or holds options for pytest; without it, everything runs.
    """
    environment = Environment(root)
    variables = environment.variables(environment.folder / "state")
    lines = []
    failed = 0
    # A folder of its own for what tests write: in a shared one, pytest trips over another run's leftovers.
    folder = tempfile.TemporaryDirectory(prefix="lab-tests-", ignore_cleanup_errors=True)
    variables["PYTEST_DEBUG_TEMPROOT"] = folder.name
    for stage in [chosen(rest)] if rest else stages(root, fast):
        print(f"\n=== {stage.name}: python {' '.join(stage.arguments)}", flush=True)
        start = time.monotonic()
        code = run(environment, stage, root, variables)
        failed += code != 0
        verdict = "passed" if code == 0 else f"FAILED (exit code {code})"
        lines.append(f"  {stage.name:<12} {time.monotonic() - start:6.1f} s  {verdict}")
    folder.cleanup()
    print("\n" + "\n".join(lines))
    print(f"{failed} of {len(lines)} stages failed." if failed else "Everything passed.", flush=True)
    return 1 if failed else 0


def run(environment: Environment, stage: Stage, root: Path, variables: dict[str, str]) -> int:
    """Run one stage with its output in view. No notebooks to run counts as a failure: nothing was checked."""
    if stage.name == "notebooks" and not any(".ipynb" in argument for argument in stage.arguments):
        print("There is no notebook in notebooks/.")
        return 1
    command = [str(environment.python), *stage.arguments]
    return subprocess.run(command, cwd=root, env=variables, stdin=subprocess.DEVNULL, check=False).returncode
