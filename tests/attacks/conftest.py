"""Servers that are weak on purpose, one at a time, and one run of the battery on each."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labserver.kit.attacks import Report, Target, battery
from labserver.weak import WEAKNESSES
from tests.conftest import Server


class Victim:
    """A server under attack; the battery is run on it once, by whoever asks first."""

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


@pytest.fixture(scope="module", params=WEAKNESSES)
def weak(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Victim]:
    """Each weak server in turn, with one weakness."""
    server = Server("--weak", request.param, log=tmp_path_factory.mktemp("weak") / "log")
    yield Victim(server, request.param)
    assert server.stop() == 0
