"""Designs against needs: several pass, some fail, every rule is needed; the edge and the incidents on real
servers.
"""

from __future__ import annotations

import runpy
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import Any, get_args

import pytest

from labserver.kit import choosing, revocation
from labserver.kit.choosing import (
    HYBRID,
    JWT,
    SESSION,
    SYSTEMS,
    Design,
    Edge,
    EdgeSession,
    InsideToken,
    Needs,
)
from labserver.kit.choosing.design import RULES, Carrier, Credential, Services, Store, violates, violations
from labserver.kit.exercises.claims import CLAIMS
from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.revocation import time_to_revoke
from tests.notebooks.solutions import NOTEBOOKS
from tools.claims import bare, headings

pytestmark = pytest.mark.usefixtures("quick_passwords")


def designs() -> Iterator[Design]:
    """Every sensible combination, and some that are not."""
    for credential, carrier, store, services in product(
        *map(get_args, (Credential, Carrier, Store, Services))
    ):
        for seconds, denylist, inside in product((60, 900), (False, True), (0, 60)):
            yield Design(
                credential=credential,
                carrier=carrier,
                seconds=seconds,
                denylist=denylist,
                store=store,
                services=services,
                inside_seconds=inside,
            )


@pytest.mark.parametrize("system", SYSTEMS)
def test_several_designs_pass_and_most_fail(system: str) -> None:
    every = list(designs())
    passing = [design for design in every if not violates(design, SYSTEMS[system])]
    assert 3 <= len(passing) < len(every) / 2


def test_no_design_passes_everywhere() -> None:
    assert not [one for one in designs() if not any(violates(one, needs) for needs in SYSTEMS.values())]


ONE_EACH: list[tuple[Design, Needs, str]] = [
    (JWT, Needs(senders=("mobile",), end_within=60), "end_within: access lasts 900 s"),
    (replace(SESSION, carrier="header"), Needs(), "senders: a page without a script"),
    (SESSION, Needs(senders=("scripts",), other_origins=True), "other_origins: "),
    (replace(SESSION, csrf_check=False), Needs(), "senders: browsers add the cookie"),
    (SESSION, Needs(verifiers="own services"), "verifiers: the services behind cannot"),
    (replace(SESSION, services="public key"), Needs(verifiers="own services"), "verifiers: no key can check"),
    (
        replace(JWT, services="shared secret", seconds=60),
        Needs(senders=("mobile",), verifiers="other owners", end_within=60),
        "verifiers: who can check",
    ),
    (replace(SESSION, store="file"), Needs(machines=2), "machines: rows in a store of kind 'file'"),
    (replace(SESSION, store="none"), Needs(), "store: "),
    (SESSION, Needs(without_store=True), "without_store: each request"),
]


@pytest.mark.parametrize(("design", "needs", "start"), ONE_EACH, ids=[start for _, _, start in ONE_EACH])
def test_each_rule_alone_decides_something(design: Design, needs: Needs, start: str) -> None:
    (found,) = violates(design, needs)
    assert found.startswith(start)


def test_each_rule_names_a_claim_with_an_experiment() -> None:
    found = {one.claim for design, needs, _ in ONE_EACH for one in violations(design, needs)}
    assert len(RULES) == 9 and found <= CLAIMS.keys()


@pytest.mark.parametrize(
    ("design", "lasts"),
    [
        (SESSION, 0),
        (JWT, 900),
        (HYBRID, 60),
        (replace(JWT, denylist=True), 0),
        (replace(JWT, denylist=True, inside_seconds=60), 60),
    ],
)
def test_how_long_access_lasts_follows_from_the_design(design: Design, lasts: int) -> None:
    assert design.lasts == lasts


def test_the_model_answers_pass_two_for_each_system() -> None:
    answers = runpy.run_path(str(NOTEBOOKS / "solutions" / "11-choosing.py"))["model_answers"]
    records: list[dict[str, Any]] = [answer(SYSTEMS) for answer in answers]
    assert sorted(record["system"] for record in records) == sorted([*SYSTEMS, *SYSTEMS])
    for record in records:
        assert violates(record["design"], SYSTEMS[record["system"]]) == []
        assert violates(record["design"], record["flips"]) != []
        for cited in record["because"]:
            number, _, title = cited.partition(": ")
            (path,) = NOTEBOOKS.glob(f"{number}-*.ipynb")
            assert title in map(bare, headings(path)), cited
    pairs = [[one["design"] for one in records if one["system"] == system] for system in SYSTEMS]
    assert all(one != other for one, other in pairs)


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with Lab.start(algorithm="ES256") as lab:
        yield lab


def test_the_edge_looks_up_once_and_signs_once_a_minute(lab: Lab) -> None:
    lab.reset()
    lab.clock.hold()
    browser, edge = lab.client(), Edge(lab)
    browser.post("/session/login", json=lab.login("ada"))
    page = edge.get(browser.cookies["sid"], services=3)
    counted = lab.ledger(*page)
    assert [row["store_reads"] for row in counted] == [1, 0, 0, 0]
    assert [row["signatures_checked"] for row in counted] == [0, 1, 1, 1]
    assert page[1].json()["user"]["username"] == "ada"
    edge.get(browser.cookies["sid"])
    assert edge.signed == 1
    lab.clock.advance(seconds=60)
    assert edge.get(browser.cookies["sid"])[-1].ok and edge.signed == 2


def test_without_a_session_the_edge_asks_no_service(lab: Lab) -> None:
    lab.reset()
    assert [answer.status_code for answer in Edge(lab).get("made-up")] == [401]


def test_with_a_new_key_the_edge_signs_again(lab: Lab) -> None:
    lab.reset()
    browser, edge = lab.client(), Edge(lab)
    browser.post("/session/login", json=lab.login("ada"))
    edge.get(browser.cookies["sid"])
    lab.keys.rotate()
    lab.keys.retire()
    assert edge.get(browser.cookies["sid"])[-1].ok and edge.signed == 2


@pytest.mark.parametrize("event", [revocation.account_disabled, revocation.log_out])
def test_a_copied_token_inside_outlives_its_session_by_a_minute(
    lab: Lab, event: time_to_revoke.Event
) -> None:
    assert revocation.seconds(lab, event, EdgeSession) == 0
    assert revocation.seconds(lab, event, InsideToken) == 60


@pytest.mark.parametrize(
    ("incident", "session", "token", "hybrid"),
    [
        ("the signing key leaks", (4, 0), (4, 600), (4, 600)),
        ("the store is down", (0, 0), (4, 0), (0, 0)),
        ("a script gets in", (4, 0), (4, 1_209_600), (4, 0)),
        ("an admin is fired", (4, 0), (4, 900), (4, 60)),
    ],
)
def test_an_incident_hits_each_design_in_its_own_way(
    lab: Lab, incident: str, session: tuple[int, int], token: tuple[int, int], hybrid: tuple[int, int]
) -> None:
    every = {
        "session": (lab, revocation.SessionId),
        "token": (lab, revocation.AccessToken),
        "hybrid": (lab, EdgeSession),
    }
    damage = choosing.strike(incident, every)
    assert damage.outcomes == {"session": session, "token": token, "hybrid": hybrid}
    assert f"{session[0]} of 4" in repr(damage) and "<table>" in damage._repr_html_()


def test_a_script_reads_a_cookie_that_is_not_httponly() -> None:
    with Lab.start(weak="readable-cookie") as weak:
        damage = choosing.strike("a script gets in", {"session": (weak, revocation.SessionId)})
    assert damage["session"] == (4, 43_200)


def test_an_unknown_incident_is_refused(lab: Lab) -> None:
    with pytest.raises(KitError, match="no incident is called 'rain'; there are: the signing key leaks"):
        choosing.strike("rain", {})
