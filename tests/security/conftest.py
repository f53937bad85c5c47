"""Fixtures of the security tests: the contract tests' people and servers, and a server out of lab mode."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests

from tests.conftest import Server
from tests.contract.conftest import SignIn, SignInApp, app, browser, client, server
from tests.process.processes import LABSERVER, Started, run

__all__ = ["SignIn", "SignInApp", "app", "browser", "client", "server"]

PASSWORD = "a pass phrase for one test"
StartServer = Callable[..., Server]


class Normal:
    """A running `labserver serve` out of lab mode, with the accounts ada (user) and grace (admin)."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        for name, role in (("ada", "user"), ("grace", "admin")):
            made = run(
                *("user", "add", name, "--role", role, "--home", str(self.home)), input=f"{PASSWORD}\n"
            )
            assert made.returncode == 0, made.stderr
        options = ("--port", "0", "--home", str(self.home), "--exit-with-stdin")
        self.started = Started(folder / "temp", *LABSERVER, "serve", *options)
        self.url = self.started.wait_for_address()
        self.port = urlsplit(self.url).port or 0

    def login(self, client: requests.Session, path: str, name: str = "ada") -> requests.Response:
        """Log somebody in."""
        who = {"username": name, "password": PASSWORD}
        return client.post(f"{self.url}{path}", json=who, timeout=30, allow_redirects=False)


@pytest.fixture(scope="package")
def normal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Normal]:
    """A server as one would run it for real."""
    running = Normal(tmp_path_factory.mktemp("normal"))
    yield running
    running.started.end()
