"""What carries a credential, and what other pages can do with it."""

from __future__ import annotations

from collections.abc import Iterator

import requests

from labserver.kit import attacks
from labserver.kit.exercises.claims.claim import ClaimCase, claim
from labserver.kit.exercises.claims.stage import Stage
from labserver.kit.exercises.claims.steps import bearer, log_in
from labserver.kit.lab import Lab

FORGED = "forged@evil.example"


@claim(
    "CSRF follows the carrier, not the credential.",
    "true",
    said="https://security.stackexchange.com/questions/170388/do-i-need-csrf-token-if-im-using-bearer-jwt",
    notebook="04-side-by-side",
    cell="A request that Ada did not want",
)
def csrf_follows_the_carrier(stage: Stage) -> Iterator[ClaimCase]:
    """Forge a change at the four cells of the grid, with what a browser adds by itself, without any CSRF
    defence.
    """
    with stage.own_lab(weak="no-csrf") as lab:
        for credential in ("opaque", "jwt"):
            answers = {
                carrier: _forged(lab, f"/grid/{credential}/{carrier}") for carrier in ("cookie", "header")
            }
            follows = answers["cookie"] == 200 and answers["header"] == 401
            seen = f"cookie {answers['cookie']}, header {answers['header']}"
            yield ClaimCase({"opaque": "an opaque id", "jwt": "a JWT"}[credential], follows, seen)


def _forged(lab: Lab, cell: str) -> int:
    """Log a browser in, and let another page in it change the address: only cookies go along."""
    browser = lab.client()
    browser.post(f"{cell}/login", json=lab.login("ada"))
    return browser.guest("evil page").post(f"{cell}/email", json={"email": FORGED}).status_code


@claim(
    "An API that takes JSON cannot be hit by CSRF.",
    "false",
    said="https://github.com/stormpath/stormpath-framework-spec/blob/master/csrf.md",
    notebook="07-attacking-sessions",
    cell="JSON, by another name",
)
def a_json_api_cannot_be_hit_by_csrf(stage: Stage) -> Iterator[ClaimCase]:
    """Send JSON as text/plain, as a form can, to a server that does not look at the type."""
    with stage.own_lab(weak="any-content-type") as lab:
        result = attacks.forged_json(lab)
    yield ClaimCase("JSON as text/plain", not result.got_in, result.evidence)


@claim(
    "APIs need JWTs.",
    "false",
    said="https://www.esb1995.com/en/courses/java-specialization/lessons/W2530pyY",
    notebook="04-side-by-side",
    cell="What it is, and what carries it",
)
def apis_need_jwts(stage: Stage) -> Iterator[ClaimCase]:
    """Call an API with an opaque id in the Authorization header: no cookie, no JWT, no CSRF token."""
    lab = stage.lab()
    app = lab.client("app")
    opaque = app.post("/grid/opaque/header/login", json=lab.login("ada")).json()["access_token"]
    app.cookies.clear()
    read = app.get("/grid/opaque/header/me", headers=bearer(opaque)).status_code
    change = {"email": "ada@new.example"}
    changed = app.post("/grid/opaque/header/email", json=change, headers=bearer(opaque)).status_code
    app.post("/grid/opaque/header/logout", headers=bearer(opaque))
    ended = app.get("/grid/opaque/header/me", headers=bearer(opaque)).status_code
    works = (read, changed, ended) == (200, 200, 401)
    yield ClaimCase(
        "an opaque id in a header", not works, f"read {read}, change {changed}, after the logout {ended}"
    )


@claim(
    "CORS protects an API.",
    "false",
    said="https://almessadi.com/blog/2024-10-14-cors-is-not-security-same-origin-policy",
    notebook="09-in-the-browser",
    cell="The API on another origin",
)
def cors_protects_an_api(stage: Stage) -> Iterator[ClaimCase]:
    """Call an API that allows no other origin from a program that is no browser, as curl is, with a stolen
    token.
    """
    lab = stage.lab()
    token = log_in(lab, "token")["access_token"]
    origin = {"Origin": "https://evil.example"}
    answer = lab.client("curl").get("/token/me", headers=bearer(token) | origin)
    allowed = _allowed(answer)
    seen = f"no origin is allowed, answered {answer.status_code}" if not allowed else f"allowed {allowed}"
    yield ClaimCase("a client that is no browser", answer.status_code != 200, seen)


def _allowed(answer: requests.Response) -> str:
    return answer.headers.get("Access-Control-Allow-Origin", "")
