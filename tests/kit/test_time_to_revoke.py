"""The search for the end: exact on a made-up server, and true on real ones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.processes.in_process import InProcessServer
from labserver.kit.revocation import time_to_revoke
from labserver.kit.revocation.time_to_revoke import AccessToken, CredentialHolder, RefreshToken, SessionId

pytestmark = pytest.mark.usefixtures("quick_passwords")

SHORT = 7
"""How long an access token is good here, in seconds."""


class MadeUpLab:
    """A clock, and nothing else. `end` is the second at which the copy is refused; None is never."""

    def __init__(self, end: int | None) -> None:
        self.end, self.clock, self.starts = end, self, 0

    def reset(self) -> None:
        self.time = 1000.0
        self.starts += 1

    def hold(self) -> None:
        pass

    def now(self) -> float:
        return self.time

    def advance(self, seconds: float) -> None:
        self.time += seconds


class MadeUp(CredentialHolder):
    flow = "made-up"

    def __init__(self, lab: Any) -> None:
        self.lab, self.made, self.lives = lab, lab.now(), 900

    def copied(self) -> MadeUp:
        return self

    def gets_in(self) -> bool:
        end: int | None = self.lab.end  # type: ignore[attr-defined]
        return end is None or self.lab.now() < self.made + end  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "end", [0, 1, 2, 59, 60, 61, 62, 899, 900, 901, 3599, 3661, 43_200, 86_401, 1_209_600, None]
)
def test_the_search_finds_the_second(end: int | None) -> None:
    lab: Any = MadeUpLab(end)
    assert time_to_revoke.seconds(lab, time_to_revoke.nobody_notices, MadeUp) == end
    assert lab.starts <= 7, "two to begin with, at most one for each smaller step, and one to clean up"


def test_the_time_that_the_event_takes_counts() -> None:
    def slow(owner: CredentialHolder, thief: CredentialHolder) -> None:
        owner.wait(100)

    lab: Any = MadeUpLab(130)
    assert time_to_revoke.seconds(lab, slow, MadeUp) == 130
    lab = MadeUpLab(90)
    assert time_to_revoke.seconds(lab, slow, MadeUp) == 100, "it was over by then"


@pytest.fixture(scope="module")
def plain(quick_passwords: None) -> Iterator[Lab]:
    with Lab(InProcessServer(access_seconds=SHORT)) as lab:
        yield lab


@pytest.fixture(scope="module")
def listed(quick_passwords: None) -> Iterator[Lab]:
    with Lab(InProcessServer(access_seconds=SHORT, denylist=True)) as lab:
        yield lab


REVOCATIONS = (
    time_to_revoke.log_out,
    time_to_revoke.log_out_everywhere,
    time_to_revoke.new_password,
    time_to_revoke.account_disabled,
)


@pytest.mark.parametrize("event", REVOCATIONS, ids=lambda event: event.__name__)
def test_what_is_looked_up_ends_at_once(plain: Lab, listed: Lab, event: time_to_revoke.Event) -> None:
    assert time_to_revoke.seconds(plain, event, SessionId) == 0
    assert time_to_revoke.seconds(plain, event, AccessToken) == SHORT
    assert time_to_revoke.seconds(listed, event, AccessToken) == 0
    assert time_to_revoke.seconds(plain, event, RefreshToken) == 0


def test_a_role_is_believed_as_long_as_the_token_that_says_it(plain: Lab, listed: Lab) -> None:
    assert time_to_revoke.seconds(plain, time_to_revoke.admin_demoted, SessionId) == 0
    assert time_to_revoke.seconds(plain, time_to_revoke.admin_demoted, AccessToken) == SHORT
    assert time_to_revoke.seconds(listed, time_to_revoke.admin_demoted, AccessToken) == SHORT, (
        "nobody put it on the list"
    )
    assert time_to_revoke.seconds(plain, time_to_revoke.admin_demoted, RefreshToken) == 0


def test_if_nobody_notices_only_time_helps(plain: Lab) -> None:
    assert time_to_revoke.seconds(plain, time_to_revoke.nobody_notices, AccessToken) == SHORT
    assert time_to_revoke.seconds(plain, time_to_revoke.nobody_notices, SessionId) == 12 * 3600, (
        "it never idles out"
    )


def test_a_refresh_token_used_twice(plain: Lab, listed: Lab) -> None:
    event = time_to_revoke.refresh_token_used_twice
    assert time_to_revoke.seconds(plain, event, RefreshToken) == SHORT, (
        "the family ends as soon as it is noticed"
    )
    assert time_to_revoke.seconds(plain, event, AccessToken) == 2 * SHORT, "the thief's last token lives on"
    assert time_to_revoke.seconds(listed, event, AccessToken) == SHORT, "and is denied where there is a list"
    with pytest.raises(KitError, match="a session has no refresh token"):
        time_to_revoke.seconds(plain, event, SessionId)


def test_a_server_that_does_not_notice_a_second_use_is_named() -> None:
    with (
        Lab(InProcessServer(access_seconds=SHORT, weak="no-reuse-detection")) as naive,
        pytest.raises(KitError, match="does not notice"),
    ):
        time_to_revoke.seconds(naive, time_to_revoke.refresh_token_used_twice, RefreshToken)


def test_the_lab_is_as_new_afterwards(plain: Lab) -> None:
    time_to_revoke.seconds(plain, time_to_revoke.account_disabled, SessionId)
    assert plain.state().rows == []
    assert plain.client().post("/session/login", json=plain.login(time_to_revoke.WHO)).ok
    first, second = plain.clock.now(), plain.clock.now()
    assert second > first, "the clock runs"


def test_an_event_that_the_server_refuses_is_not_taken_for_an_end(plain: Lab) -> None:
    def mistaken(owner: CredentialHolder, thief: CredentialHolder) -> None:
        owner.do("log-out")

    with pytest.raises(KitError, match="POST /session/log-out was answered 404"):
        time_to_revoke.seconds(plain, mistaken, SessionId)
