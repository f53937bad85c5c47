"""pyproject.toml, requirements.lock and environment.yml say the same."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PEERS_LOCK = (ROOT / "benchmarks" / "requirements.lock").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def extra(*names: str) -> list[str]:
    """The lines of these extras, by default of all."""
    extras = PROJECT["optional-dependencies"]
    return [line for name in names or extras for line in extras[name]]


def direct() -> list[Requirement]:
    return [Requirement(line) for line in PROJECT["dependencies"] + extra()]


def locked(lock: str = LOCK) -> set[tuple[str, str]]:
    return {(name.lower(), version) for name, version in re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.M)}


def peers() -> list[Requirement]:
    """What the benchmarks measure beside ours; their command installs it into a folder of its own."""
    lines = (ROOT / "benchmarks" / "requirements.in").read_text(encoding="utf-8").splitlines()
    return [Requirement(line.partition("#")[0]) for line in lines if not line.startswith("#")]


def in_environment() -> list[str]:
    text = (ROOT / "environment.yml").read_text(encoding="utf-8")
    return re.findall(r'^      - "?([^"#\n]+?)"?\s*(?:#.*)?$', text, re.M)


@pytest.mark.parametrize("lock", [LOCK, PEERS_LOCK], ids=["lab", "peers"])
def test_the_lock_names_no_address(lock: str) -> None:
    assert not re.search(r"https?:|file:|git\+|--(?:extra-)?index-url|--find-links", lock)


@pytest.mark.parametrize(("lock", "at_least"), [(LOCK, 100), (PEERS_LOCK, 20)], ids=["lab", "peers"])
def test_every_pin_has_a_hash(lock: str, at_least: int) -> None:
    pins = re.split(r"^(?=\S)", lock, flags=re.M)[1:]
    assert len(pins) > at_least
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert [pin.split()[0] for pin in pins if "==" not in pin.split()[0]] == []


@pytest.mark.parametrize("wanted", direct(), ids=str)
def test_the_lock_and_conda_hold_what_the_project_asks_for(wanted: Requirement) -> None:
    versions = [v for name, v in locked() if name == wanted.name.lower() and wanted.specifier.contains(v)]
    assert len(versions) == 1, "the lock has no version, or several, that this line allows"
    same = [Requirement(pin) for pin in in_environment() if pin != "-e ."]
    same = [
        pin
        for pin in same
        if (pin.name.lower(), str(pin.marker)) == (wanted.name.lower(), str(wanted.marker))
    ]
    assert [(str(pin.specifier), pin.extras) for pin in same] == [(f"=={versions[0]}", wanted.extras)]


@pytest.mark.parametrize("wanted", peers(), ids=str)
def test_the_peers_are_locked_too(wanted: Requirement) -> None:
    versions = [v for name, v in locked(PEERS_LOCK) if name == wanted.name and wanted.specifier.contains(v)]
    assert len(versions) == 1


def test_ours_and_the_peers_stand_on_the_same_versions() -> None:
    ours = dict(locked())
    shared = {name: version for name, version in locked(PEERS_LOCK) if name in ours}
    assert {"flask", "werkzeug", "pyjwt", "cryptography", "redis"} <= shared.keys()
    assert shared == {name: ours[name] for name in shared}


def test_conda_installs_nothing_else_but_the_lab_itself() -> None:
    assert len(in_environment()) == len(direct()) + 1
    assert in_environment()[-1] == "-e ."


def test_every_direct_dependency_has_its_reason() -> None:
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    start, end = lines.index("dependencies = ["), lines.index("[project.scripts]")
    bare = [
        line
        for before, line in zip(lines[start:end], lines[start + 1 : end], strict=False)
        if line.startswith('  "') and "# " not in line and not before.lstrip().startswith("#")
    ]
    assert bare == []


def imports(folder: str) -> set[str]:
    """The distributions that a folder's modules import by name."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found.update(name.name.split(".")[0] for name in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                found.add(node.module.split(".")[0])
    ours = {"labserver", "launcher", "tools", "tests", "benchmarks"}
    brought_by = packages_distributions()
    return {
        brought_by.get(name, [name])[0].lower().replace("_", "-")
        for name in found - sys.stdlib_module_names - ours - {"_typeshed"}
    }


def names(lines: list[str]) -> set[str]:
    return {Requirement(line).name.lower() for line in lines}


RUNTIME = names(PROJECT["dependencies"] + extra("redis", "lab", "browser"))


@pytest.mark.parametrize("folder", ["labserver", "launcher", "tools", "tests", "benchmarks"])
def test_whatever_is_imported_is_asked_for_by_name(folder: str) -> None:
    asked_for = RUNTIME if folder == "labserver" else {wanted.name.lower() for wanted in direct()}
    if folder == "benchmarks":
        asked_for |= {wanted.name for wanted in peers()} | {"cachelib"}  # the extra of flask-session
    load = imports("labserver/load") if folder == "labserver" else set()
    assert imports(folder) - load - asked_for == set()


def test_only_the_load_needs_what_only_the_load_needs() -> None:
    assert imports("labserver/load") - RUNTIME == {"locust", "gevent"} <= names(extra("scale"))


def test_the_readme_compiles_the_lock_with_every_extra() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    command = re.search(r"uv pip compile .*", readme)
    assert command and set(re.findall(r"--extra (\w+)", command[0])) == set(PROJECT["optional-dependencies"])


def test_the_lock_is_for_every_system() -> None:
    assert re.search(r"^colorama==.*sys_platform == 'win32'", LOCK, re.M)
    assert re.search(r"^appnope==.*sys_platform == 'darwin'", LOCK, re.M)
