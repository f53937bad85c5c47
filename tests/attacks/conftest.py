"""Servers that are weak on purpose, one at a time, and one run of the battery on each."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from labserver.kit.attacks import Report, Target, battery
from labserver.lab_mode.weaknesses import WEAKNESSES
from tests.conftest import Server


class Victim:
    """A server under attack; the battery is run on it once, by anyone who asks first."""

    def __init__(self, server: Server, weak: str | None = None) -> None:
        self.server, self.weak = server, weak
        self._report: Report | None = None

    @property
    def target(self) -> Target:
        return Target.from_hello(self.server.told)

    @property
    def report(self) -> Report:
        if self._report is None:
            self._report = battery(self.target)
        return self._report


class Starter:
    """Starts one weak server ahead: while one is attacked, the next comes up."""

    def __init__(self, logs: Path) -> None:
        self._logs, self._pool = logs, ThreadPoolExecutor(1)
        self._coming: dict[str, Future[Server]] = {}

    def take(self, weakness: str) -> Server:
        """Hand a server out, which is from now on the taker's."""
        self._begin(weakness)
        for following in list(WEAKNESSES)[list(WEAKNESSES).index(weakness) + 1 :][:1]:
            self._begin(following)
        return self._coming.pop(weakness).result()

    def close(self) -> None:
        """End what was started and not taken."""
        for coming in self._coming.values():
            coming.result().stop()
        self._pool.shutdown()

    def _begin(self, weakness: str) -> None:
        if weakness not in self._coming:
            log = self._logs / weakness
            self._coming[weakness] = self._pool.submit(lambda: Server("--weak", weakness, log=log))


@pytest.fixture(scope="module")
def starter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Starter]:
    ahead = Starter(tmp_path_factory.mktemp("weak"))
    yield ahead
    ahead.close()


@pytest.fixture(scope="module", params=WEAKNESSES)
def weak(request: pytest.FixtureRequest, starter: Starter) -> Iterator[Victim]:
    """Each weak server in turn, with one weakness."""
    server = starter.take(request.param)
    yield Victim(server, request.param)
    assert server.stop() == 0
