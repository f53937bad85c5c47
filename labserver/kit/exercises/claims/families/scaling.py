"""What more than one process needs, and what survives."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from labserver.kit.exercises.claims.claim import ClaimCase, claim
from labserver.kit.exercises.claims.stage import Stage
from labserver.kit.exercises.claims.steps import bearer, log_in, with_a_token
from labserver.kit.lab import Lab
from labserver.kit.scaling.crowd import Crowd

PEOPLE = 4
CACHE = 30
"""Seconds for which the service of the last claim believes an answer."""


@claim(
    "Sessions cannot scale out.",
    "false",
    said="https://socialtoolsapp.com/insights/jwt-vs-sessions",
    notebook="10-scaling-out",
    cell="One store for all",
)
def sessions_cannot_scale_out(stage: Stage) -> Iterator[ClaimCase]:
    """Log four people in at two worker processes with one store, and let them come back until both have
    answered.
    """
    lab = stage.lab(algorithm="ES256", kept=True, workers=2)
    asked = Crowd(lab, "session", PEOPLE).meet(workers=2)
    lost = sum(not (answer is not None and answer.ok) for answer in asked.every)
    yield ClaimCase("two workers, one store", lost > 0, f"{lost} requests were lost")


@claim(
    "Tokens need nothing that is shared.",
    "false",
    said="https://hoop.dev/blog/the-token-expired-and-everything-broke",
    notebook="10-scaling-out",
    cell="Tokens need nothing shared?",
)
def tokens_need_nothing_shared(stage: Stage) -> Iterator[ClaimCase]:
    """Give a new key to one of two machines only, and bring a token of it to the other."""
    lab = stage.lab(algorithm="ES256", kept=True, workers=2)
    with lab.twin() as twin:
        before = with_a_token(lab, log_in(twin, "token")["access_token"]).status_code
        twin.keys.rotate()
        after = with_a_token(lab, log_in(twin, "token")["access_token"]).status_code
    seen = f"the other machine answers {before} with the same keys, {after} to a token of the new key"
    yield ClaimCase("a new key on one machine", after == 200, seen)


@claim(
    "A session dies with the server process.",
    "depends",
    depends_on="where the row is",
    said="https://scriptvalley.com/courses/authentication-from-scratch/session-based-authentication/storing-sessions-in-a-database-instead-of-memory",
    notebook="10-scaling-out",
    cell="Break it: `kill -9`",
)
def a_session_dies_with_the_process(stage: Stage) -> Iterator[ClaimCase]:
    """Log four people in, kill the server as `kill -9` does, start it again, and ask who is still in."""
    with stage.own_lab(store="memory", kept=True) as lab:
        yield _killed("rows in memory", lab)
    yield _killed("rows in a SQLite file", stage.lab(algorithm="ES256", kept=True, workers=2))


def _killed(where: str, lab: Lab) -> ClaimCase:
    crowd = Crowd(lab, "session", PEOPLE)
    lab.kill()
    lab.restart()
    left = crowd.ask().survivors
    return ClaimCase(where, left == 0, f"{left} of {PEOPLE} are still in")


@claim(
    "An outage of the store logs everybody out.",
    "depends",
    depends_on="whether it still lasts, and on what people hold",
    said="https://solid-web.com/api-authentication-patterns-jwt-sessions-guide",
    notebook="10-scaling-out",
    cell="Break it: `kill -9`",
)
def an_outage_logs_everybody_out(stage: Stage) -> Iterator[ClaimCase]:
    """Take the store away and bring it back, and ask each time who is still in."""
    lab = stage.lab()
    sessions, tokens = Crowd(lab, "session", PEOPLE), Crowd(lab, "token", PEOPLE)
    lab.faults.store_down()
    try:
        during = {"sessions": sessions.ask(), "tokens": tokens.ask()}
    finally:
        lab.faults.store_up()
    for name, asked in during.items():
        yield ClaimCase(f"{name}, during the outage", asked.survivors == 0, str(asked))
    after = sessions.ask()
    yield ClaimCase("sessions, afterwards", after.survivors == 0, str(after))


@dataclass
class _AskingService:
    """A service that holds no key: it asks the login server who holds an opaque id, and believes it for a
    while.
    """

    lab: Lab
    asked: int = 0
    _known: dict[str, tuple[float, bool]] = field(default_factory=dict)

    def lets_in(self, opaque: str) -> bool:
        """Tell whether the holder of this id gets in."""
        until, good = self._known.get(opaque, (0.0, False))
        now = self.lab.clock.now()
        if now >= until:
            self.asked += 1
            answer = self.lab.client("service").get("/grid/opaque/header/me", headers=bearer(opaque))
            good = answer.ok
            self._known[opaque] = (now + CACHE, good)
        return good


@claim(
    "Microservices need JWTs.",
    "false",
    said="https://about-microservices.pages.dev/content/microservices-patterns/security/jwt/jwt.html",
    notebook="10-scaling-out",
    cell="A service that knows only the public keys",
)
def microservices_need_jwts(stage: Stage) -> Iterator[ClaimCase]:
    """Let a second service ask the login server about opaque ids, and remember each answer for 30 seconds."""
    lab = stage.lab()
    service, app = _AskingService(lab), lab.client("app")
    opaque = app.post("/grid/opaque/header/login", json=lab.login("ada")).json()["access_token"]
    let_in = 0
    for _ in range(60):  # a request every second, for a minute
        let_in += service.lets_in(opaque)
        lab.clock.advance(seconds=1)
    asked = service.asked
    app.post("/grid/opaque/header/logout", headers=bearer(opaque))
    late = 0
    while service.lets_in(opaque) and late <= CACHE:
        lab.clock.advance(seconds=1)
        late += 1
    works = let_in == 60 and late <= CACHE
    seen = (
        f"{let_in} of 60 requests let in, {asked} questions asked, refused at most {CACHE} s after the logout"
    )
    yield ClaimCase(
        "opaque ids, asked about and remembered", not works, seen if works else f"{let_in} of 60 let in"
    )
