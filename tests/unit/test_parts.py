"""The parts together: a login that something overtakes, and an end that leaves nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from labserver.app import assemble
from labserver.errors import InvalidCredentials
from labserver.settings import Settings
from labserver.web.services import Services

PASSWORD = "a quite private word"


@pytest.fixture
def lab(tmp_path: Path) -> Services:
    parts = assemble(Settings(home=tmp_path))
    parts.users.add("ada", PASSWORD)
    return parts


@pytest.mark.parametrize("overtaken_by", ["a new password", "an account that is closed"])
def test_a_login_that_is_overtaken_opens_nothing(lab: Services, overtaken_by: str) -> None:
    user = lab.users.authenticate("ada", PASSWORD)
    if overtaken_by == "a new password":
        lab.users.set_password("ada", "another private word")
    else:
        lab.users.set_disabled("ada", True)
    lab.end_all("ada")
    with pytest.raises(InvalidCredentials):
        lab.opaque.issue(user)
    with pytest.raises(InvalidCredentials):
        lab.token_pair.issue(user)
    with pytest.raises(InvalidCredentials):
        lab.jwt.issue(user)
    assert lab.store.find("session") == lab.store.find("family") == []


def test_end_all_ends_everything_of_one_user(lab: Services) -> None:
    grace = lab.users.add("grace", PASSWORD)
    ada = lab.users.authenticate("ada", PASSWORD)
    for user in (ada, grace):
        lab.opaque.issue(user)
        lab.token_pair.issue(user)
    lab.end_all("ada")
    for kind in ("session", "family"):
        assert [row.owner for _, row in lab.store.find(kind)] == ["grace"]


def test_the_id_that_a_client_came_with_is_dead_after_login(lab: Services) -> None:
    user = lab.users.authenticate("ada", PASSWORD)
    first = lab.opaque.issue(user).credential
    second = lab.opaque.issue(user, first).credential
    assert first != second
    assert len(lab.store.find("session")) == 1
    assert lab.opaque.issue(user, "planted").credential != "planted"
