"""Fixtures of the contract tests: a freshly reset server, and people who use it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from labserver.settings import Settings
from labserver.storage.registry import STORES, find_entry
from tests.conftest import TINY, Server, StartServer
from tests.contract.clients import App, Browser, Client

DEFAULT = find_entry(Settings(home=Path()).store).name
# Those that several processes can share. The memory store has its turn in the tests of workers; and all of
# them, method by method, in the unit tests.
SHARED = [name for name, entry in STORES.items() if entry.shared]
STORED = [() if name == DEFAULT else ("--store", name) for name in SHARED]
each_store = pytest.mark.parametrize("server", STORED, indirect=True, ids=SHARED)

# The operations of tiny are held to the very tests that the full server passes.
each_server = pytest.mark.parametrize("server", [*STORED, TINY], indirect=True, ids=[*SHARED, "tiny"])
full_and_tiny = pytest.mark.parametrize("server", [(), TINY], indirect=True, ids=["full", "tiny"])


def for_full(*values: object) -> pytest.ParameterSet:
    """Return parameters whose first, `server`, is the full server."""
    return pytest.param((), *values, id="-".join(["full", *map(str, values)]))


def for_tiny(*values: object) -> pytest.ParameterSet:
    """Return parameters whose first, `server`, is tiny."""
    return pytest.param(TINY, *values, id="-".join(["tiny", *map(str, values)]))


SignIn = Callable[..., Browser]
SignInApp = Callable[..., App]


@pytest.fixture
def server(request: pytest.FixtureRequest, servers: StartServer) -> Server:
    """Hand out the plain server, or with `indirect` parameters the one with these options."""
    return servers(*getattr(request, "param", ()))


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    """Somebody who has not logged in."""
    with Client(server) as somebody:
        yield somebody


@pytest.fixture
def browser(server: Server) -> Iterator[SignIn]:
    """Return a function that opens a session: `ada = browser("ada")`."""
    opened: list[Browser] = []

    def sign_in(name: str = "ada") -> Browser:
        opened.append(Browser(server))
        assert opened[-1].login(name).status_code == 200
        return opened[-1]

    yield sign_in
    for one in opened:
        one.close()


@pytest.fixture
def app(server: Server) -> Iterator[SignInApp]:
    """Return a function that fetches a pair of tokens: `ada = app("ada")`."""
    opened: list[App] = []

    def sign_in(name: str = "ada") -> App:
        opened.append(App(server))
        assert opened[-1].login(name).status_code == 200
        return opened[-1]

    yield sign_in
    for one in opened:
        one.close()
