"""Imports are written in full, and only the clock asks for the time. Their order: the stage `imports`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGE = ROOT / "labserver"
MAY_ASK_FOR_THE_TIME = {
    "storage/clock",
    "lab_mode/clock",
    "lab_mode/faults",
    "tracing/trace",
    "bff/lease",  # a lesson's clock would end a lease while it is needed, or never
}
NOT_THE_SERVER = ("cli", "kit", "load", "runtime", "tiny")


def is_server(path: Path) -> bool:
    """Tell whether this is a part of the server, in which whatever a lesson moves is the only clock."""
    return name_of(path).partition("/")[0] not in NOT_THE_SERVER


def modules() -> list[Path]:
    return sorted(PACKAGE.glob("**/*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).with_suffix("").as_posix()


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_names_are_imported_by_their_full_name(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level]


@pytest.mark.parametrize("path", [path for path in modules() if is_server(path)], ids=name_of)
def test_nothing_but_the_clock_asks_for_the_time(path: Path) -> None:
    if name_of(path) not in MAY_ASK_FOR_THE_TIME:
        text = path.read_text(encoding="utf-8")
        assert "time.time(" not in text and "datetime.now" not in text and "from time import time" not in text


def test_what_tests_share_is_in_no_test_module() -> None:
    borrowed = re.compile(
        r"^\s*(from tests\.(\w+\.)*test_\w+ import|import tests\.(\w+\.)*test_)", re.MULTILINE
    )
    tests = (ROOT / "tests").glob("**/*.py")
    assert [path.name for path in tests if borrowed.search(path.read_text(encoding="utf-8"))] == []
