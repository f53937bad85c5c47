"""By default nothing gets in: with every algorithm, over TLS, with a control API and without."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from labserver.app import assemble
from labserver.errors import SettingsError
from labserver.kit.attacks import ATTACKS, Target, alg_none, battery
from labserver.lab_mode.weaknesses import WEAKNESSES
from labserver.settings import Settings
from tests.attacks.honest import WAYS, Person
from tests.conftest import ROOT, Server, StartServer

LABSERVER = [sys.executable, "-m", "labserver"]
BY_SECRET, BY_KEY_PAIR = {"alg_confusion"}, {"weak_key"}
SERVERS = [
    ((), BY_SECRET),
    (("--algorithm", "ES256"), BY_KEY_PAIR),
    (("--algorithm", "EdDSA"), BY_KEY_PAIR),
    (("--algorithm", "RS256"), BY_KEY_PAIR),
    (("--tls",), BY_SECRET),
    (("--denylist",), BY_SECRET),
]


@pytest.mark.parametrize(("options", "untried"), SERVERS, ids=[" ".join(o) or "default" for o, _ in SERVERS])
def test_nothing_gets_in(servers: StartServer, options: tuple[str, ...], untried: set[str]) -> None:
    server = servers(*options)
    report = battery(Target.from_ready_message(server.ready))
    assert report.got_in == []
    assert set(report.not_tried) == untried
    assert len(report) == len(ATTACKS) >= 14 + 8


def test_no_warning_where_nothing_is_weak(servers: StartServer) -> None:
    server = servers()
    anybody = Person(server)
    for path in ("/", "/app/", "/site/"):
        anybody.ask("GET", path, 200)
        assert "banner" not in anybody.answers[-1].text
    for way in WAYS:
        anybody.answers += way(server)
    assert not any("X-Lab-Weak" in answer.headers for answer in anybody.answers)


def test_a_server_in_normal_mode(tmp_path: Path) -> None:
    passwords = {"ada": "correct horse battery", "mallory": "staple glue and tape"}
    for name, password in passwords.items():
        subprocess.run(
            [*LABSERVER, "user", "add", name, "--home", str(tmp_path / "home")],
            input=password,
            text=True,
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            [*LABSERVER, "serve", "--exit-with-stdin", "--port", "0", "--home", str(tmp_path / "home")],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdout=log,
        )
    with process:
        assert process.stderr is not None and process.stdin is not None
        said = process.stderr.readline().decode()
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        assert address, said
        users = {name: {"password": password} for name, password in passwords.items()}
        report = battery(Target.from_ready_message({"url": address[0], "users": users}))
        process.stdin.close()
    assert report.got_in == []
    no_lab = {"alg_confusion", "other_audience", "expired", "stored_script"}
    assert set(report.not_tried) == no_lab, "no control API signs here, and nobody may leave a comment"
    assert "lab desk" in report["expired"].evidence


def test_no_variable_of_the_environment_makes_a_server_weak(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WEAK", "LABSERVER_WEAK", "LAB_WEAK", "FLASK_WEAK", "LABSERVER_WEAKNESS", "GRANIAN_WEAK"):
        monkeypatch.setenv(name, "alg-none")
    server = Server(log=tmp_path / "log")
    try:
        report = battery(Target.from_ready_message(server.ready), [alg_none])
        assert report.got_in == [] and len(report) == 1
        assert "X-Lab-Weak" not in report["alg_none"].exchanges[-1].headers
    finally:
        server.stop()


READS_THE_ENVIRONMENT = {
    "cli/attack.py",  # the lab key of the server that is attacked
    "cli/serve.py",  # the key that a hub's tile makes for the lab that it starts
    "runtime/child_messages.py",  # in which form a child reports why it failed
}


def test_no_setting_of_the_server_comes_from_the_environment() -> None:
    package = ROOT / "labserver"
    modules = [path for path in package.rglob("*.py") if "kit" not in path.relative_to(package).parts]
    readers = [path for path in modules if re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8"))]
    assert {path.relative_to(package).as_posix() for path in readers} == READS_THE_ENVIRONMENT


@pytest.mark.parametrize("name", WEAKNESSES)
def test_no_weakness_out_of_lab_mode(name: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="needs --lab"):
        assemble(Settings(home=tmp_path, weak=name))


@pytest.mark.parametrize("kept", [("--home", "x"), ("--store", "sqlite:x")], ids=["home", "store"])
def test_no_weakness_on_a_database_that_is_kept(tmp_path: Path, kept: tuple[str, str]) -> None:
    option, place = kept[0], kept[1].replace("x", str(tmp_path / "kept"))
    done = subprocess.run(
        [*LABSERVER, "serve", "--lab", "--weak", "alg-none", option, place],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "of its own" in done.stderr
    assert not any(tmp_path.iterdir())


def test_no_weakness_on_another_address() -> None:
    done = subprocess.run(
        [*LABSERVER, "serve", "--lab", "--weak", "alg-none", "--tls", "--host", "192.0.2.1"],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "this machine only" in done.stderr
