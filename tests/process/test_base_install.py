"""`pip install labserver` brings a server that works, without the lab, Redis or Locust."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
import requests
from packaging.requirements import Requirement

from launcher.messages import CUT_OFF
from tests.process.processes import ROOT, Started

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
# A finder that stands before all others, and knows no module of the packages that are named in EXTRAS.
HIDE = """
import os, sys

class Hide:
    hidden = frozenset(os.environ["HIDDEN"].split())

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in cls.hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Hide)
"""


def closure(lines: list[str]) -> set[str]:
    """The names of these packages and of all that they bring along here."""
    found: set[str] = set()
    waiting = [Requirement(line) for line in lines]
    while waiting:
        wanted = waiting.pop()
        name = wanted.name.lower().replace("_", "-")
        try:
            required = [Requirement(line) for line in requires(name) or ()]
        except PackageNotFoundError:
            continue
        new = name not in found
        found.add(name)
        for extra in wanted.extras | ({""} if new else set()):
            waiting += [
                each for each in required if each.marker is None or each.marker.evaluate({"extra": extra})
            ]
    return found


def hidden_modules() -> list[str]:
    """The modules that are importable here, but not where only the base dependencies are installed."""
    base = closure(PROJECT["dependencies"])
    return sorted(
        module
        for module, owners in packages_distributions().items()
        if module.isidentifier()
        and module != "labserver"
        and not base & {owner.lower().replace("_", "-") for owner in owners}
    )


@pytest.fixture(scope="module")
def base_only(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The variables under which Python finds the base dependencies and nothing else."""
    folder = tmp_path_factory.mktemp("base")
    (folder / "sitecustomize.py").write_text(HIDE, encoding="utf-8")
    return {"PYTHONPATH": os.pathsep.join([str(folder), str(ROOT)]), "HIDDEN": " ".join(hidden_modules())}


def labserver(base_only: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "labserver", *words],
        env=os.environ | base_only,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )


def test_what_an_extra_brings_is_hidden(base_only: dict[str, str]) -> None:
    """The test of the tests: in these processes nothing of the extras can be imported."""
    hidden = set(base_only["HIDDEN"].split())
    assert {"requests", "redis", "jupyterlab", "nbformat", "matplotlib", "locust", "pytest"} <= hidden
    assert not {"flask", "jwt", "granian", "urllib3", "apsw", "argon2", "trustme", "jinja2"} & hidden
    done = subprocess.run(
        [sys.executable, "-c", "import redis"], env=os.environ | base_only, capture_output=True, text=True
    )
    assert "No module named 'redis'" in done.stderr


@pytest.fixture(params=["memory:", "sqlite:"])
def started(request: pytest.FixtureRequest, tmp_path: Path, base_only: dict[str, str]) -> Iterator[Started]:
    words = ("-m", "labserver", "serve", "--lab", "--exit-with-stdin", "--store", request.param)
    server = Started(tmp_path / "temp", sys.executable, *words, variables=base_only)
    yield server
    server.end()


def test_the_server_serves_both_flows(started: Started) -> None:
    ready = started.wait_until_ready().ready
    ada = {"username": "ada", "password": ready["users"]["ada"]["password"]}
    with requests.Session() as browser:
        assert browser.post(f"{ready['url']}/session/login", json=ada, timeout=10).status_code == 200
        assert browser.get(f"{ready['url']}/session/me", timeout=10).json()["user"]["username"] == "ada"
    pair = requests.post(f"{ready['url']}/token/login", json=ada, timeout=10).json()
    bearer = {"Authorization": f"Bearer {pair['access_token']}"}
    assert requests.get(f"{ready['url']}/token/me", headers=bearer, timeout=10).status_code == 200
    started.close_stdin()
    assert started.wait() == 0


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("serve", "--lab", "--store", "redis://127.0.0.1:1"), 4, "pip install labserver[redis]"),
        (("attack", "--list"), 2, "pip install labserver[lab]"),
        (("load",), 2, "pip install labserver[lab]"),
    ],
)
def test_what_needs_an_extra_says_which(
    base_only: dict[str, str], words: tuple[str, ...], code: int, says: str
) -> None:
    done = labserver(base_only, *words)
    assert (done.returncode, done.stdout) == (code, ""), done.stderr
    assert says in done.stderr and done.stderr.count("\n") == 1


def test_the_kit_says_which_extra_it_needs(base_only: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from labserver import Lab"],
        env=os.environ | base_only,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last.startswith(
        "ModuleNotFoundError: labserver.Lab needs the package 'requests', which the extra `lab`"
    )
    assert "pip install labserver[lab]" in last


@pytest.mark.parametrize("words", [("--help",), ("serve", "--help"), ("service", "--help")])
def test_help_needs_no_extra(base_only: dict[str, str], words: tuple[str, ...]) -> None:
    assert labserver(base_only, *words).returncode == 0


def test_the_wheel_holds_what_the_server_reads(tmp_path: Path) -> None:
    """hatchling is fetched for it, into a place of uv's own; without a network there is nothing to test."""
    command = [str(Path(sys.executable).with_name("uv")), "build", "--wheel", "--out-dir", str(tmp_path)]
    done = subprocess.run([*command, str(ROOT)], capture_output=True, text=True)
    if re.search(CUT_OFF, done.stderr, re.IGNORECASE):
        pytest.skip("hatchling cannot be downloaded")
    assert done.returncode == 0, done.stderr
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        held = set(wheel.namelist())
    ours = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "labserver").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert "labserver/py.typed" in ours
    assert ours <= held
    assert not [name for name in held if not name.startswith(("labserver/", "labserver-"))]
