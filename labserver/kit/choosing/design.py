"""Designs, needs, and the check of one against the other. A rule names the claim whose experiment shows it.

    violates(JWT, SYSTEMS["bank"])
    # ['end_within: access lasts 900 s after a logout, and 60 s are allowed (claim logging-out-kills-a-jwt)']

There are no points and no winner: a design violates what a system needs, or it does not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

Credential = Literal["opaque", "jwt"]
Carrier = Literal["cookie", "header"]
Store = Literal["none", "memory", "file", "network"]
Services = Literal["none", "shared secret", "public key", "asking"]
Sender = Literal["pages", "scripts", "mobile", "partners"]
Verifiers = Literal["one", "own services", "other owners"]


@dataclass(frozen=True)
class Design:
    """How a system knows who asks.

    `credential` and `carrier` are what clients hold and how they send it. `seconds` is how long a JWT is
    good; `denylist` is asked on each request. `store` is where rows are: in a process's memory, in a file of
    one machine, in a database on the network. `services` is how the services behind check who asks, and
    `inside_seconds` how long the JWTs are good that an edge signs for them (0: there are none).
    """

    credential: Credential = "opaque"
    carrier: Carrier = "cookie"
    csrf_check: bool = True
    seconds: int = 900
    denylist: bool = False
    store: Store = "network"
    services: Services = "none"
    inside_seconds: int = 0

    @property
    def reads(self) -> bool:
        """Whether each request asks the store."""
        return self.credential == "opaque" or self.denylist

    @property
    def lasts(self) -> int:
        """How many seconds access goes on after a logout, at the place where it lasts longest."""
        outside = 0 if self.reads else self.seconds
        return max(outside, self.inside_seconds)

    @property
    def signed(self) -> bool:
        """Whether the services behind get something that a key can check."""
        return self.credential == "jwt" or self.inside_seconds > 0


@dataclass(frozen=True)
class Needs:
    """What a system needs.

    `senders` are who sends requests: pages without a script, scripts in pages, mobile apps, programs of
    partners; `other_origins`: scripts of other sites too. `verifiers` are who checks them. `end_within`: how
    many seconds access may go on after a logout. `without_store`: whether requests must be answered while the
    store is down. `machines` is how many servers there are.
    """

    senders: tuple[Sender, ...] = ("pages",)
    other_origins: bool = False
    verifiers: Verifiers = "one"
    end_within: int = 0
    without_store: bool = False
    machines: int = 1


class Violation(NamedTuple):
    """A need that a design violates, why, and the claim whose experiment shows it."""

    need: str
    why: str
    claim: str

    def __str__(self) -> str:
        return f"{self.need}: {self.why} (claim {self.claim})"


Rule = Callable[[Design, Needs], "Violation | None"]


def _end(design: Design, needs: Needs) -> Violation | None:
    if design.lasts <= needs.end_within:
        return None
    why = f"access lasts {design.lasts} s after a logout, and {needs.end_within} s are allowed"
    return Violation("end_within", why, "logging-out-kills-a-jwt")


def _pages(design: Design, needs: Needs) -> Violation | None:
    if "pages" not in needs.senders or design.carrier == "cookie":
        return None
    return Violation("senders", "a page without a script cannot add a header", "csrf-follows-the-carrier")


def _other_origins(design: Design, needs: Needs) -> Violation | None:
    if not needs.other_origins or design.carrier == "header":
        return None
    why = "a script of another site gets no SameSite cookie sent along"
    return Violation("other_origins", why, "samesite-lax-is-enough")


def _csrf(design: Design, needs: Needs) -> Violation | None:
    browsers = {"pages", "scripts"} & {*needs.senders}
    if not browsers or design.carrier == "header" or design.csrf_check:
        return None
    return Violation("senders", "browsers add the cookie to forged requests too", "csrf-follows-the-carrier")


def _services(design: Design, needs: Needs) -> Violation | None:
    if needs.verifiers == "one" or design.services == "asking":
        return None
    if design.services == "none":
        return Violation("verifiers", "the services behind cannot check who asks", "microservices-need-jwts")
    if not design.signed:
        return Violation("verifiers", "no key can check an opaque id", "microservices-need-jwts")
    return None


def _owners(design: Design, needs: Needs) -> Violation | None:
    if needs.verifiers != "other owners" or design.services != "shared secret":
        return None
    why = "who can check with a shared secret can also sign with it"
    return Violation("verifiers", why, "tokens-need-nothing-shared")


def _machines(design: Design, needs: Needs) -> Violation | None:
    if needs.machines == 1 or not design.reads or design.store == "network":
        return None
    why = f"rows in a store of kind {design.store!r} are not found from another machine"
    return Violation("machines", why, "sessions-cannot-scale-out")


def _rows(design: Design, needs: Needs) -> Violation | None:
    if not design.reads or design.store != "none":
        return None
    return Violation("store", "what is looked up needs a row somewhere", "tokens-touch-no-database")


def _outage(design: Design, needs: Needs) -> Violation | None:
    if not needs.without_store or not design.reads:
        return None
    return Violation("without_store", "each request asks the store", "an-outage-logs-everybody-out")


RULES: tuple[Rule, ...] = (
    _end,
    _pages,
    _other_origins,
    _csrf,
    _services,
    _owners,
    _machines,
    _rows,
    _outage,
)


def violations(design: Design, needs: Needs) -> Iterator[Violation]:
    """Yield what a design violates, in the order of the rules."""
    for rule in RULES:
        found = rule(design, needs)
        if found:
            yield found


def violates(design: Design, needs: Needs) -> list[str]:
    """Say what a design violates of what a system needs, each in a sentence; an empty list if nothing."""
    return list(map(str, violations(design, needs)))


SESSION = Design()
JWT = Design(credential="jwt", carrier="header", store="none", services="public key")
HYBRID = Design(services="public key", inside_seconds=60)

SYSTEMS = {
    "shop": Needs(senders=("pages",), end_within=60, machines=2),
    "app": Needs(
        senders=("scripts", "mobile", "partners"),
        other_origins=True,
        verifiers="other owners",
        end_within=900,
        without_store=True,
        machines=4,
    ),
    "bank": Needs(senders=("scripts", "mobile"), verifiers="own services", end_within=60, machines=4),
}
"""A shop of rendered pages; one API for a single-page app, a mobile app and partners; a bank."""
