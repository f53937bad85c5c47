"""Imports run one way only, so that every module can be read without those that come after it."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[2] / "labserver"

# Each module may import those before it.
ORDER = re.findall(
    r"\w+",
    """
    command variables errors settings board clock digests trace traces strict hosts database stores rows
    faults users sessions keys tokens published refresh openapi carriers http weak parts views grid pages
    labdesk guards app service lifetime redisserver certificates gateway serve growth doctor kit cli __main__
    """,
)
FLASK = {"carriers", "http", "views", "grid", "pages", "labdesk", "guards", "app", "service"}
WEB = {"flask", "werkzeug", "jinja2"}
STARTING = {"command", "variables"}  # how any program of ours starts: the launcher, the kit, the server


def imports(path: Path) -> set[str]:
    """List everything a module imports, in functions and under TYPE_CHECKING too, by its full name."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name}: names are imported by their full name"
            found |= {f"{node.module}.{name.name}" for name in node.names}
    return found


def ours(path: Path) -> set[str]:
    """List the modules of the package that a module imports."""
    names = (name.split(".") for name in imports(path))
    return {parts[1] for parts in names if parts[0] == "labserver" and len(parts) > 1}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.glob("*.py") if path.name != "__init__.py")


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_a_module_imports_only_what_comes_before_it(path: Path) -> None:
    assert path.stem in ORDER, "a new module has to find its place in the order"
    before = set(ORDER[: ORDER.index(path.stem)])
    known = {module.stem for module in modules()} | {"kit"}
    assert ours(path) & known <= before, f"{path.name} looks up"


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_few_modules_know_the_web_framework(path: Path) -> None:
    if path.stem not in FLASK | {"serve"}:
        assert not {name.split(".")[0] for name in imports(path)} & WEB


@pytest.mark.parametrize("path", sorted((PACKAGE / "kit").glob("**/*.py")), ids=lambda path: path.stem)
def test_the_kit_knows_nothing_of_the_server(path: Path) -> None:
    assert ours(path) <= {"kit", "variables"}, "it starts the server as a process, and then speaks HTTP"
    assert not {name.split(".")[0] for name in imports(path)} & WEB


@pytest.mark.parametrize("name", sorted(STARTING))
def test_what_starts_a_program_is_no_part_of_one(name: str) -> None:
    """The launcher runs on a Python that has nothing but its standard library."""
    tops = {full.split(".")[0] for full in imports(PACKAGE / f"{name}.py")}
    assert tops <= sys.stdlib_module_names


@pytest.mark.parametrize("path", sorted((PACKAGE / "load").glob("*.py")), ids=lambda path: path.stem)
def test_the_load_knows_nothing_else(path: Path) -> None:
    assert ours(path) <= {"load"}, "it runs in processes of its own, where gevent has replaced the sockets"


@pytest.mark.parametrize("path", sorted(PACKAGE.glob("**/*.py")), ids=lambda path: path.stem)
def test_nobody_imports_the_load(path: Path) -> None:
    assert path.parent.name == "load" or "load" not in ours(path), "it is started as a process"


def test_nothing_but_the_clock_asks_for_the_time() -> None:
    for path in modules():
        if path.stem not in {"clock", "serve", "doctor", "redisserver", "lifetime", "trace", "faults"}:
            asks = {"time.time", "datetime.datetime", "datetime.date", "datetime.now"} & imports(path)
            assert not asks and "time.time(" not in path.read_text(encoding="utf-8"), path.name


def test_the_order_names_what_there_is() -> None:
    assert sys.version_info >= (3, 11)
    assert len(ORDER) == len(set(ORDER))
    missing = {path.stem for path in modules()} - set(ORDER)
    assert missing == set()
