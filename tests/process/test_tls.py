"""TLS with a certificate authority made for one start."""

from __future__ import annotations

import socket
import ssl
import stat
import sys
from collections.abc import Iterator

import pytest
import requests

from tests.process.processes import Started, server, wait_until


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    with server(tmp_path_factory.mktemp("tls") / "temp", "--tls") as started:
        yield started


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_a_client_that_trusts_the_authority_is_answered(lab: Started, name: str) -> None:
    url = f"https://{name}:{lab.port}/healthz"
    assert requests.get(url, verify=lab.ready["ca"], timeout=10).status_code == 200


def test_a_client_that_does_not_trust_it_is_not(lab: Started) -> None:
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(lab.ready["url"] + "/healthz", verify=True, timeout=10)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_versions(lab: Started, version: ssl.TLSVersion) -> None:
    context = ssl.create_default_context(cafile=lab.ready["ca"])
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", lab.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as wrapped,
    ):
        assert wrapped.version() == {"TLSv1_2": "TLSv1.2", "TLSv1_3": "TLSv1.3"}[version.name]
        assert wrapped.selected_alpn_protocol() == "http/1.1"


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_only_the_owner_can_read_the_keys(lab: Started) -> None:
    (home,) = lab.homes
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    files = sorted((home / "tls").iterdir())
    assert [file.name for file in files] == ["ca.pem", "server.key", "server.pem"], (
        "the authority's key is not"
    )
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_a_connection_without_a_handshake_is_dropped_and_holds_nobody_up(lab: Started) -> None:
    silent = [socket.create_connection(("127.0.0.1", lab.port)) for _ in range(50)]
    try:
        for _ in range(5):
            answer = requests.get(lab.ready["url"] + "/healthz", verify=lab.ready["ca"], timeout=5)
            assert answer.status_code == 200
        for connection in silent:
            connection.setblocking(False)
        wait_until(lambda: all(map(is_closed, silent)), "all are dropped", 30)
    finally:
        for connection in silent:
            connection.close()


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
