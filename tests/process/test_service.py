"""The second service as a process: how it starts, when it refuses to, and that nothing of it stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.process.processes import LABSERVER, NOT_ON_WINDOWS, STARTER, Started, answers, run, server

NOBODY = "http://127.0.0.1:9"
SERVICE = ("service", "--exit-with-stdin", "--issuer")


@pytest.fixture
def service(tmp_path: Path) -> Started:
    """A service whose issuer is not there (yet)."""
    return Started(tmp_path / "temp", *LABSERVER, *SERVICE, NOBODY).wait_until_ready()


def test_it_waits_for_its_issuer_and_ends_with_its_standard_input(service: Started) -> None:
    assert set(service.ready) == {"url", "audience"}
    assert answers(service.port)
    service.close_stdin()
    assert service.wait() == 0
    service.assert_nothing_is_left()
    service.end()


@pytest.mark.parametrize("end", ["kill", pytest.param("terminate", marks=NOT_ON_WINDOWS)])
def test_it_is_ended(service: Started, end: str) -> None:
    getattr(service.process, end)()
    assert service.wait() == (0 if end == "terminate" else -9 if sys.platform != "win32" else 1)
    service.assert_nothing_is_left()
    service.end()


def test_its_starter_is_killed(tmp_path: Path) -> None:
    starter = Started(
        tmp_path / "temp", sys.executable, "-c", STARTER, "-m", "labserver", *SERVICE, NOBODY
    ).wait_until_ready()
    try:
        assert len(starter.family) >= 3, "the starter, the main process, the worker"
        starter.process.kill()
        starter.process.wait()
        starter.assert_nothing_is_left()
    finally:
        starter.end()


def test_a_port_in_use(service: Started) -> None:
    late = run("service", "--issuer", NOBODY, "--port", str(service.port), stdin=subprocess.DEVNULL)
    assert (late.returncode, late.stdout) == (3, "")
    assert f"Port {service.port} of 127.0.0.1 cannot be had" in late.stderr
    service.end()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "--issuer"),
        (("--issuer", "http://login.example"), "give https://host"),
        (("--issuer", NOBODY, "--max-age", "-1"), "a number of seconds"),
        (("--issuer", NOBODY, "--host", "192.0.2.1"), "--host"),
    ],
)
def test_what_makes_no_service_is_said_in_one_sentence(arguments: tuple[str, ...], said: str) -> None:
    failed = run("service", *arguments, stdin=subprocess.DEVNULL)
    assert failed.returncode == 2
    assert said in failed.stderr
    assert failed.stderr.count("\n") == 1


def test_an_issuer_without_public_keys_is_no_issuer(tmp_path: Path) -> None:
    with server(tmp_path / "temp") as lab:
        failed = run("service", "--issuer", lab.ready["url"], stdin=subprocess.DEVNULL)
    assert failed.returncode == 2
    assert "publishes no public key" in failed.stderr
    assert "--algorithm ES256" in failed.stderr


def test_the_keeper_of_a_folder_takes_it_away_with_itself(tmp_path: Path) -> None:
    keeper = Started(tmp_path / "temp", sys.executable, "-m", "labserver.runtime.lifetime")
    keeper.ready = {"url": "http://127.0.0.1:9"}
    assert keeper.process.stdout
    assert keeper.process.stdout.readline()
    (folder,) = keeper.homes
    (folder / "left").write_text("something")
    keeper.close_stdin()
    assert keeper.wait() == 0
    assert keeper.homes == []
    keeper.end()
