"""Ways to end access: what each of them costs, and that each one really checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.processes.in_process import InProcessServer
from labserver.kit.revocation.second_signature import second_signature
from labserver.kit.revocation.way_costs import Measured, measure_way
from labserver.kit.revocation.ways import (
    Denylist,
    Device,
    LookUp,
    PushedList,
    RetiredKey,
    VersionNumber,
    Way,
)

LAPTOP, ADA = "Grace's laptop", "Ada"


@pytest.fixture(scope="module")
def plain(quick_passwords: None) -> Iterator[Lab]:
    with Lab(InProcessServer()) as lab:
        yield lab


@pytest.fixture(scope="module")
def listed(quick_passwords: None) -> Iterator[Lab]:
    with Lab(InProcessServer(denylist=True, algorithm="ES256")) as lab:
        yield lab


def test_what_is_looked_up_ends_at_once_and_alone(plain: Lab, listed: Lab) -> None:
    assert measure_way(LookUp(plain)) == Measured("look-up (session)", 0, 1, [])
    assert measure_way(Denylist(listed)) == Measured("list", 0, 1, [])


@pytest.mark.parametrize("every", [3, 10])
def test_a_pushed_list_is_as_late_as_the_next_push(listed: Lab, every: int) -> None:
    assert measure_way(PushedList(listed, every)) == Measured("pushed list", every, 0, [])


def test_what_needs_no_read_and_no_time_meets_others_too(plain: Lab) -> None:
    assert measure_way(VersionNumber(plain)) == Measured("version number", 0, 0, [LAPTOP])
    assert measure_way(RetiredKey(plain)) == Measured("retired key", 0, 0, [LAPTOP, ADA])


def test_a_service_with_a_pushed_list_checks_the_signature_and_the_time(listed: Lab) -> None:
    listed.reset()
    listed.clock.hold()
    service = PushedList(listed, 30)
    device = service.log_in("ada")
    header, payload, signature = device.credential.split(".")
    forged = Device("ada", device.client, f"{header}.{payload[:-4]}AAAA.{signature}")
    assert [service.gets_in(device), service.gets_in(forged)] == [True, False]
    listed.clock.advance(seconds=899)
    assert service.gets_in(device)
    listed.clock.advance(seconds=1)
    assert not service.gets_in(device)


def test_a_version_is_compared_for_its_own_user_only(plain: Lab) -> None:
    way = VersionNumber(plain)
    grace, ada = way.log_in("grace"), way.log_in("ada")
    way.end(grace)
    assert [way.gets_in(grace), way.gets_in(ada), way.gets_in(way.log_in("grace"))] == [False, True, True]


def test_without_a_denylist_a_revocation_is_not_taken_for_an_end(plain: Lab) -> None:
    with pytest.raises(KitError, match=r"/token/revoke was answered 400: has this lab a denylist\?"):
        measure_way(Denylist(plain))


class EndsNothing(Way):
    name = "nothing"

    def end(self, device: Device) -> None:
        pass


def test_a_way_that_ends_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch, plain: Lab) -> None:
    monkeypatch.setattr("labserver.kit.revocation.way_costs.LONGEST", 3)
    with pytest.raises(KitError, match="nothing: the access has not ended after 3 seconds"):
        measure_way(EndsNothing(plain))
    assert plain.state().rows == [], "the lab is as new"


def test_the_second_signature_is_good_and_the_second_of_it_is_the_first(listed: Lab) -> None:
    client = listed.client()
    token = client.post("/token/login", json=listed.login("ada")).json()["access_token"]
    other = second_signature(token)
    assert other != token
    assert client.get("/token/me", headers={"Authorization": f"Bearer {other}"}).ok
    assert second_signature(other) == token
