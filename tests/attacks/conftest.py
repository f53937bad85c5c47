"""Servers that are weak on purpose, one at a time, and one run of the battery on each."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import pytest
import requests

from labserver.kit.attacks import Report, battery
from labserver.kit.lab import Lab
from labserver.kit.processes.in_process import InProcessServer
from labserver.lab_mode.weaknesses import WEAKNESSES


class Victim:
    """A server under attack, inside this process; the battery is run on it once, by anyone who asks first.

    What `labserver serve --weak` does with the name is shown on a process: test_command.py.
    """

    def __init__(self, weak: str) -> None:
        self.weak, self.lab = weak, Lab(InProcessServer(weak=weak))
        self.url = self.lab.url

    @cached_property
    def report(self) -> Report:
        return battery(self.lab)

    def connect(self, session: requests.Session) -> None:
        self.lab.server.connect(session)

    def password(self, name: str) -> str:
        return self.lab.login(name)["password"]

    def control(self, path: str, **body: Any) -> None:
        self.lab._control.post(path, **body)


@pytest.fixture(scope="module", params=WEAKNESSES)
def weak(request: pytest.FixtureRequest, quick_passwords: None) -> Iterator[Victim]:
    """Each weak server in turn, with one weakness."""
    victim = Victim(request.param)
    yield victim
    victim.lab.stop()
