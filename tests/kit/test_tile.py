"""The tile in JupyterLab's launcher: how it is found, what it starts, and who gets the control API by it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import tomllib
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import requests

from labserver.kit.links import HUB_PREFIX, PUBLIC_URL
from labserver.kit.tile import setup
from labserver.runtime.child_environment import TILE_KEY
from tests.conftest import ROOT, START_LIMIT


def test_jupyter_server_proxy_finds_it() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    ((name, value),) = project["entry-points"]["jupyter_serverproxy_servers"].items()
    assert EntryPoint(name, value, "jupyter_serverproxy_servers").load() is setup


def test_each_start_has_a_secret_of_its_own() -> None:
    one, other = setup(), setup()
    assert one["environment"][TILE_KEY] == one["request_headers_override"]["X-Lab-Tile"]
    assert one["environment"] != other["environment"]
    assert one["environment"][TILE_KEY] not in " ".join(one["command"])
    assert Path(one["launcher_entry"]["icon_path"]).is_file()


@pytest.mark.parametrize(
    ("hub", "options"),
    [
        ({}, ["--behind-proxy"]),
        ({HUB_PREFIX: "/user/ada/"}, ["--behind-proxy", "--host-name", "*"]),
        (
            {HUB_PREFIX: "/user/ada/", PUBLIC_URL: "https://hub.example/user/ada/"},
            ["--behind-proxy", "--host-name", "hub.example"],
        ),
    ],
    ids=["JupyterLab", "a hub", "a hub with a name"],
)
def test_it_knows_where_it_is(
    monkeypatch: pytest.MonkeyPatch, hub: dict[str, str], options: list[str]
) -> None:
    for name in (HUB_PREFIX, PUBLIC_URL):
        monkeypatch.delenv(name, raising=False)
    for name, value in hub.items():
        monkeypatch.setenv(name, value)
    assert setup()["command"][-len(options) :] == options


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nobody listens")


def test_who_comes_by_the_tile_gets_the_control_api_and_nobody_else(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tile = setup()
    command = [word.format(port=port) for word in tile["command"]]
    child = subprocess.Popen(
        [sys.executable, *command[1:], "--exit-with-stdin"],
        cwd=ROOT,
        env=os.environ | tile["environment"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(port)

        def enter(**headers: str) -> int:
            with requests.Session() as page:
                page.trust_env = False
                url = f"http://127.0.0.1:{port}/lab/stage"
                return page.post(url, json={"ticket": ""}, headers=headers, timeout=30).status_code

        secret = tile["request_headers_override"]
        assert [enter(**secret), enter(**secret)] == [200, 200], "a reload of Jupyter's page must work too"
        assert [enter(), enter(**{"X-Lab-Tile": "guessed"}), enter(**{"X-Lab-Tile": ""})] == [403] * 3
    finally:
        printed, _ = child.communicate(timeout=60)
    assert printed == "", "Jupyter's log is no place for passwords"


@pytest.mark.skipif(
    sys.platform == "win32", reason="Windows does not tell a process that its parent has ended"
)
def test_it_ends_with_jupyter() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    tile = setup()
    command = [word.format(port=port) for word in tile["command"]]
    code = "import subprocess, sys; subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL); input()"
    jupyter = subprocess.Popen(
        [sys.executable, "-c", code, *command],
        cwd=ROOT,
        env=os.environ | tile["environment"],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        with socket.create_connection(("127.0.0.1", port), 60) as asked:
            asked.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert asked.recv(12) == b"HTTP/1.0 200"
    finally:
        jupyter.kill()
        jupyter.communicate()
    end = time.monotonic() + START_LIMIT
    while time.monotonic() < end:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return
        time.sleep(0.1)
    raise AssertionError("the server has outlived the program that started it")
