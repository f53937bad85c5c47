"""Refresh families and the denylist, over every store."""

from __future__ import annotations

import pytest

from labserver.auth.denylist import Denylist
from labserver.auth.refresh import RefreshFamilies
from labserver.auth.tokens.verifier import Access
from labserver.errors import InvalidGrant, InvalidToken
from labserver.storage.base import Store
from tests.unit.conftest import Race, StoppedClock

LIFETIME = 14 * 86400


@pytest.fixture
def denylist(store: Store, clock: StoppedClock) -> Denylist:
    return Denylist(store, clock)


@pytest.fixture
def families(store: Store, clock: StoppedClock, denylist: Denylist) -> RefreshFamilies:
    return RefreshFamilies(store, clock, lifetime=LIFETIME, denylist=denylist)


@pytest.fixture
def access(clock: StoppedClock) -> Access:
    return Access("ada", "user", "the-first", int(clock.time) + 900)


def refresh(families: RefreshFamilies, token: str, access: Access) -> str:
    return families.rotate(token, families.check(token), access)


def test_a_token_is_good_once(families: RefreshFamilies, access: Access) -> None:
    first = families.start(access)
    second = refresh(families, first, access)
    assert families.check(second).username == "ada"
    with pytest.raises(InvalidGrant):
        families.check(first)
    with pytest.raises(InvalidGrant):
        families.check(second)


def test_of_eight_at_once_one_wins(families: RefreshFamilies, access: Access, race: Race) -> None:
    for _ in range(5):
        token = families.start(access)
        results = race(lambda _, token=token: refresh(families, token, access))  # type: ignore[misc]
        winners = [result for result in results if isinstance(result, str)]
        losers = [result for result in results if isinstance(result, InvalidGrant)]
        assert (len(winners), len(losers)) == (1, 7)
        with pytest.raises(InvalidGrant):
            families.check(winners[0])


def test_a_logout_just_before_the_rotation_is_not_undone(
    families: RefreshFamilies, access: Access, store: Store
) -> None:
    token = families.start(access)
    found = families.check(token)
    families.end_all("ada")
    with pytest.raises(InvalidGrant):
        families.rotate(token, found, access)
    assert store.find("family") == []


def test_the_family_has_an_absolute_end(
    families: RefreshFamilies, access: Access, clock: StoppedClock, store: Store
) -> None:
    token, start = families.start(access), clock.time
    clock.time = start + LIFETIME - 1
    token = refresh(families, token, access)
    clock.time += 1
    with pytest.raises(InvalidGrant):
        families.check(token)
    assert store.find("family") == [], "what has ended is not kept"


@pytest.mark.parametrize("bad", ["", ".", "x", "x.y", "\udcff.x", "x" * 10_000])
def test_a_strange_token_is_refused(families: RefreshFamilies, bad: str) -> None:
    with pytest.raises(InvalidGrant):
        families.check(bad)


def test_no_token_is_stored(families: RefreshFamilies, access: Access, store: Store) -> None:
    first = families.start(access)
    second = refresh(families, first, access)
    rows = str(store.find("family"))
    for token in (first, second):
        assert not any(part in rows for part in token.split("."))


def test_ending_the_family_ends_its_access_tokens(
    families: RefreshFamilies, access: Access, denylist: Denylist, clock: StoppedClock
) -> None:
    other = access._replace(jti="the-second")
    token = families.start(access)
    denylist.check(access)
    token = refresh(families, token, other)
    families.end(families.check(token))
    for one in (access, other):
        with pytest.raises(InvalidToken):
            denylist.check(one)
    denylist.check(access._replace(jti="somebody-elses"))


def test_reuse_ends_the_access_tokens_too(
    families: RefreshFamilies, access: Access, denylist: Denylist
) -> None:
    first = families.start(access)
    thiefs = access._replace(jti="the-thiefs")
    refresh(families, first, thiefs)
    with pytest.raises(InvalidGrant):
        families.check(first)
    for one in (access, thiefs):
        with pytest.raises(InvalidToken):
            denylist.check(one)


def test_the_denylist_keeps_nothing_longer_than_needed(
    denylist: Denylist, store: Store, clock: StoppedClock
) -> None:
    denylist.add("ada", "expired", int(clock.time) - 1)
    assert store.find("denied") == []
    denylist.add("ada", "alive", int(clock.time) + 10)
    assert [row.expires for _, row in store.find("denied")] == [int(clock.time) + 10]


def test_only_live_families_are_listed(
    families: RefreshFamilies, access: Access, clock: StoppedClock
) -> None:
    families.start(access)
    clock.time += LIFETIME - 1
    (one,) = families.listing("ada")
    assert one["current"] is False, "anyone who asks shows an access token, which does not say its family"
    clock.time += 1
    assert families.listing("ada") == []


def test_families_end_by_user_and_by_handle(families: RefreshFamilies, access: Access) -> None:
    here, there = families.start(access), families.start(access)
    graces = families.start(access._replace(username="grace"))
    handle = families.listing("grace")[0]["handle"]
    assert not families.end_by_public_id("ada", handle)
    assert families.end_by_public_id("grace", handle)
    with pytest.raises(InvalidGrant):
        families.check(graces)
    families.end_all("ada")
    for token in (here, there):
        with pytest.raises(InvalidGrant):
            families.check(token)
    assert families.listing("ada") == []


def test_without_a_denylist_nothing_is_kept_of_access_tokens(
    store: Store, clock: StoppedClock, access: Access
) -> None:
    families = RefreshFamilies(store, clock, lifetime=LIFETIME, denylist=None)
    families.end(families.check(families.start(access)))
    assert store.find("denied") == store.find("family") == []
