"""Incidents: how many honest people are still in, and for how many seconds somebody gets in who must not.

    designs = {"session": (lab, SessionId), "token": (lab, AccessToken)}
    strike("an admin is fired", designs)

Each incident happens to each design, on a real server whose clock is moved. Nobody types a password again: an
honest person may only do what an application does by itself, which is to renew a token.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from labserver.kit.choosing.edge import Edge, EdgeSession, InsideToken
from labserver.kit.display.progress import Live
from labserver.kit.display.table import Table
from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.processes.control_client import span
from labserver.kit.revocation.credential_holders import (
    WHO,
    AccessToken,
    CredentialHolder,
    RefreshToken,
)
from labserver.kit.revocation.time_to_revoke import Event, account_disabled, nobody_notices, seconds

PEOPLE = 4
NOTICED = 600
"""Seconds until the operators notice that the signing key has leaked."""

Designs = Mapping[str, tuple[Lab, type[CredentialHolder]]]
Outcome = tuple[int, int | None]
"""How many honest people are still in; for how many seconds somebody else gets in, None without end."""

Incident = Callable[[Lab, type[CredentialHolder]], Outcome]


def key_leaks(lab: Lab, holder: type[CredentialHolder]) -> Outcome:
    """The signing key leaks. After ten minutes the operators notice, and throw it away.

    Raises KitError if the server still takes what that key has signed.
    """
    people = _log_in(lab, holder)
    forged, lasts = _forged(people[0]), 0
    while forged() and lasts < NOTICED:
        lab.clock.advance(seconds=60)
        lasts += 60
    lab.keys.rotate()
    lab.keys.retire()
    if forged():
        raise KitError("a token of a key that was thrown away still opens the admin's page")
    return _left(people), lasts


def store_is_down(lab: Lab, holder: type[CredentialHolder]) -> Outcome:
    """The session store answers nobody."""
    people = _log_in(lab, holder)
    lab.faults.store_down()
    try:
        return _left(people), 0
    finally:
        lab.faults.store_up()


def script_gets_in(lab: Lab, holder: type[CredentialHolder]) -> Outcome:
    """A script runs in the page of an admin, takes what it can read, and nobody notices."""
    people = _log_in(lab, holder)
    if isinstance(people[0], AccessToken):
        return _left(people), seconds(lab, nobody_notices, RefreshToken)
    readable = "httponly" not in people[0].client.exchanges[0].headers["Set-Cookie"].lower()
    return _left(people), seconds(lab, nobody_notices, holder) if readable else 0


def admin_is_fired(lab: Lab, holder: type[CredentialHolder]) -> Outcome:
    """An admin is fired at 12:00, and the account is disabled. The admin has a copy of every credential."""
    return _left(_log_in(lab, holder)), _longest(lab, account_disabled, holder)


INCIDENTS: dict[str, Incident] = {
    "the signing key leaks": key_leaks,
    "the store is down": store_is_down,
    "a script gets in": script_gets_in,
    "an admin is fired": admin_is_fired,
}


class Damage:
    """What an incident did to each design: `damage["session"]` is (people still in, seconds)."""

    def __init__(self, incident: str, outcomes: Mapping[str, Outcome]) -> None:
        self.incident, self.outcomes = incident, dict(outcomes)

    def __getitem__(self, design: str) -> Outcome:
        return self.outcomes[design]

    @property
    def table(self) -> Table:
        """One row for each design."""
        rows = [
            [design, f"{left} of {PEOPLE}", _written(lasts)]
            for design, (left, lasts) in self.outcomes.items()
        ]
        head = ["design", "honest people still in", "somebody else gets in, at worst for"]
        return Table(f"{self.incident[0].upper()}{self.incident[1:]}", head, rows)

    def __repr__(self) -> str:
        return repr(self.table)

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


def strike(incident: str, designs: Designs) -> Damage:
    """Let an incident happen to each design. Raises KitError if there is no such incident."""
    if incident not in INCIDENTS:
        raise KitError(f"no incident is called {incident!r}; there are: {', '.join(INCIDENTS)}")
    outcomes: dict[str, Outcome] = {}
    with Live() as live:
        for number, (name, (lab, holder)) in enumerate(designs.items()):
            live.show(number / len(designs), f"{incident}: {name}")
            try:
                outcomes[name] = INCIDENTS[incident](lab, holder)
            finally:
                lab.reset()
    return Damage(incident, outcomes)


def _log_in(lab: Lab, holder: type[CredentialHolder]) -> list[CredentialHolder]:
    lab.reset()
    lab.clock.hold()
    people = [holder(lab) for _ in range(PEOPLE)]
    for person in people:
        person.gets_in()
    return people


def _left(people: list[CredentialHolder]) -> int:
    """Count who still gets in, with a renewed token if there is one."""
    return sum(
        person.gets_in() or (isinstance(person, AccessToken) and person.renew() and person.gets_in())
        for person in people
    )


def _forged(person: CredentialHolder) -> Callable[[], bool]:
    """Return how somebody gets in who has the signing key: by a forged token where this design takes one."""
    lab, client = person.lab, person.lab.client("thief")
    token = Edge(lab, 2 * NOTICED).token(WHO, "admin")
    if isinstance(person, AccessToken | EdgeSession):
        return lambda: client.get("/token/admin", headers={"Authorization": f"Bearer {token}"}).ok
    return lambda: client.get("/session/admin", headers={"Cookie": f"sid={token}"}).ok


def _longest(lab: Lab, event: Event, holder: type[CredentialHolder]) -> int | None:
    """Return how long a copy lasts; behind an edge there are two kinds of copies."""
    kinds = [holder, InsideToken] if holder is EdgeSession else [holder]
    found = [seconds(lab, event, kind) for kind in kinds]
    return None if None in found else max(one for one in found if one is not None)


def _written(lasts: int | None) -> str:
    return "without an end" if lasts is None else span(lasts) if lasts else "nobody does"
