"""docs/extending.md is true: its blocks are written into a copy of the project, and its commands run."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

TEXT = (ROOT / "docs" / "extending.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"<!-- (.+?) -->\n```\w+\n(.*?)```\n", re.S)
SECTIONS = dict(part.split("\n", 1) for part in TEXT.split("\n## ")[1:])
COPIED = ("labserver", "tests", "pyproject.toml")
PYTHON = ".venv/bin/python"


def write(where: str, block: str, copy: Path) -> None:
    """Put a block where its comment says: `file: PATH`, and perhaps `, at the end` or `, after: LINE`."""
    name, _, place = where.removeprefix("file: ").partition(", ")
    path = copy / name
    if not place:
        assert not path.exists(), f"{name} is there already"
        path.write_text(block, encoding="utf-8")
        return
    text = path.read_text(encoding="utf-8")
    if place == "at the end":
        text = f"{text}\n\n{block}"
    else:
        line = place.removeprefix("after: ") + "\n"
        assert text.count(line) == 1, line
        text = text.replace(line, line + block)
    path.write_text(text, encoding="utf-8")


def test_every_block_says_where_it_goes() -> None:
    assert len(BLOCK.findall(TEXT)) * 2 == TEXT.count("```")
    assert SECTIONS.keys() == {"Add a store", "Add an attack"}


@pytest.mark.parametrize(("section", "passes"), [("Add a store", 15), ("Add an attack", 25)])
def test_it_works_as_written(section: str, passes: int, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, copy / name)
    passed = 0
    for where, block in BLOCK.findall(SECTIONS[section]):
        if where != "run":
            write(where, block, copy)
            continue
        for command in block.splitlines():
            done = subprocess.run(
                [sys.executable, *shlex.split(command.removeprefix(PYTHON))],
                cwd=copy,
                capture_output=True,
                encoding="utf-8",
                stdin=subprocess.DEVNULL,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
            passed += sum(map(int, re.findall(r"(\d+) passed", done.stdout)))
            assert "skipped" not in done.stdout, done.stdout
    assert passed >= passes
