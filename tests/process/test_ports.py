"""The port is ours alone, or we say so and leave (docs/security.md, L1 and V8)."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

import pytest

from tests.process.processes import LABSERVER, Started, answers, run, server, workers


def test_a_port_in_use_by_another_server(tmp_path: Path) -> None:
    with server(tmp_path / "temp") as lab:
        late = run("serve", "--lab", "--port", str(lab.port), stdin=subprocess.DEVNULL)
        assert late.returncode == 3
        assert late.stdout == ""
        assert late.stderr.startswith(f"labserver: Port {lab.port} of 127.0.0.1 cannot be had")
        assert late.stderr.count("\n") == 1
        assert all(answers(lab.port) for _ in range(20)), "every request, not some of them"
        assert len(workers(lab)) == 1


@pytest.mark.parametrize("shared", [False, True], ids=["alone", "shares its port"])
def test_a_port_in_use_by_something_else(shared: bool) -> None:
    with socket.socket() as other:
        if shared and hasattr(socket, "SO_REUSEPORT"):
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        number = other.getsockname()[1]
        assert run("serve", "--port", str(number), stdin=subprocess.DEVNULL).returncode == 3
        with socket.create_connection(("127.0.0.1", number), timeout=5):
            other.settimeout(5)
            other.accept()[0].close()


def test_a_port_can_be_chosen_and_had_again_at_once(tmp_path: Path) -> None:
    """Connections of the last server that linger in TIME_WAIT are no hindrance."""
    with server(tmp_path / "temp") as lab:
        number = lab.port
        assert answers(number)
        lab.close_stdin()
        lab.wait()
    with server(tmp_path / "temp", "--port", str(number)) as lab:
        assert lab.port == number
        assert answers(number)


def test_two_starts_race_for_one_port(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = str(free.getsockname()[1])
    command = ("serve", "--lab", "--exit-with-stdin", "--port", number)
    racers = [Started(tmp_path / name, *LABSERVER, *command) for name in ("a", "b", "c")]
    try:
        lines = [racer.process.stdout.readline() for racer in racers if racer.process.stdout]
        assert sum(map(bool, lines)) == 1, "one winner"
        losers = [racer for racer, line in zip(racers, lines, strict=True) if not line]
        assert [racer.wait() for racer in losers] == [3, 3]
        assert all(racer.homes == [] for racer in losers)
    finally:
        for racer in racers:
            racer.end()


def test_only_this_machine_is_listened_to(tmp_path: Path) -> None:
    with server(tmp_path / "temp") as lab:
        listening = [
            it.laddr for one in lab.family for it in one.net_connections("tcp") if it.status == "LISTEN"
        ]
        assert {address.ip for address in listening} == {"127.0.0.1"}
        assert {address.port for address in listening} == {lab.port}


@pytest.mark.parametrize("typed", ["::1", "[::1]", "0:0:0:0:0:0:0:1"])
def test_ipv6(tmp_path: Path, typed: str) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no IPv6")
    with server(tmp_path / "temp", "--host", typed) as lab:
        assert lab.ready["url"] == f"http://[::1]:{lab.port}"
