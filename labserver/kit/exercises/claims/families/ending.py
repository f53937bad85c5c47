"""When access ends."""

from __future__ import annotations

import time
from collections.abc import Iterator

from labserver.kit import revocation
from labserver.kit.exercises.claims.claim import ClaimCase, claim
from labserver.kit.exercises.claims.stage import Stage
from labserver.kit.exercises.claims.steps import log_in, rows_of, spoken, with_a_token
from labserver.kit.lab import Lab
from labserver.kit.revocation import AccessToken, RefreshToken, SessionId
from labserver.kit.revocation.ways import Denylist, RetiredKey, VersionNumber, Way

SHORT = 900
"""What the claims call a short life: 15 minutes."""

HOLDERS = {"a session id": SessionId, "an access token": AccessToken, "a refresh token": RefreshToken}


@claim(
    "Logging out kills a JWT.",
    "false",
    said="https://stackoverflow.com/questions/21978658/invalidating-json-web-tokens",
    notebook="06-ending-access",
    cell="Log out",
)
def logging_out_kills_a_jwt(stage: Stage) -> Iterator[ClaimCase]:
    """Copy an access token, log out, and count the seconds until the copy is refused."""
    lasts = revocation.seconds(stage.lab(), revocation.log_out, AccessToken)
    by_session = revocation.seconds(stage.lab(), revocation.log_out, SessionId)
    yield ClaimCase(
        "a copied access token",
        lasts == 0,
        f"{spoken(lasts)} after the logout; a session id {spoken(by_session)}",
    )


@claim(
    "A JWT cannot be revoked.",
    "false",
    said="https://syntaxfix.com/question/2840/how-to-destroy-jwt-tokens-on-logout",
    notebook="06-ending-access",
    cell="At once, and without a look-up?",
)
def a_jwt_cannot_be_revoked(stage: Stage) -> Iterator[ClaimCase]:
    """End the access token of one device before its time: by a list, by a version number, by taking its key
    away.
    """
    ways: dict[str, Way] = {
        "by a list": Denylist(stage.lab(denylist=True)),
        "by a version number in the user's row": VersionNumber(stage.lab()),
        "by its key": RetiredKey(stage.lab()),
    }
    for where, way in ways.items():
        ended = revocation.measure_way(way)
        also = ", ".join(ended.also_out) or "nobody"
        yield ClaimCase(where, ended.seconds != 0, f"{spoken(ended.seconds)}; logged out as well: {also}")


@claim(
    "A denylist brings the state back.",
    "true",
    said="https://riptutorial.com/jwt/example/21538/token-blacklist",
    notebook="06-ending-access",
    cell="A denylist",
)
def a_denylist_brings_the_state_back(stage: Stage) -> Iterator[ClaimCase]:
    """Count the store reads of a request, and the rows after three logouts."""
    lab = stage.lab(denylist=True)
    pairs = [log_in(lab, "token") for _ in range(3)]
    reads = lab.ledger(with_a_token(lab, pairs[0]["access_token"]))["store_reads"]
    yield ClaimCase("a request", reads > 0, f"store reads {reads}")
    for pair in pairs:
        lab.client().post("/token/logout", json={"refresh_token": pair["refresh_token"]})
    rows = rows_of(lab, "denied")
    yield ClaimCase("3 logouts", rows == len(pairs), f"{rows} rows, until the tokens would have expired")


@claim(
    "Claims go stale.",
    "true",
    said="https://stackoverflow.com/questions/43978021/update-change-roles-claim-or-any-other-claim-in-jwt/44028839",
    notebook="06-ending-access",
    cell="Another role",
)
def claims_go_stale(stage: Stage) -> Iterator[ClaimCase]:
    """Take the role of admin from an admin, and count the seconds until the admin's page is refused."""
    lab = stage.lab()
    lasts = revocation.seconds(lab, revocation.admin_demoted, AccessToken)
    looked_up = revocation.seconds(lab, revocation.admin_demoted, SessionId)
    seen = f"an admin for {spoken(lasts)}; with a session, where the role is looked up, {spoken(looked_up)}"
    yield ClaimCase("a role in an access token", lasts != 0, seen)


@claim(
    "Revoking the access token logs the user out.",
    "false",
    said="https://newreleases.io/project/github/manfredsteyer/angular-oauth2-oidc/release/9.2.0",
    notebook="06-ending-access",
    cell="A denylist",
)
def revoking_the_access_token_logs_out(stage: Stage) -> Iterator[ClaimCase]:
    """Revoke an access token, and then use the refresh token that came with it."""
    lab = stage.lab(denylist=True)
    pair, app = log_in(lab, "token"), lab.client("app")
    app.post("/token/revoke", data={"token": pair["access_token"]})
    revoked = with_a_token(lab, pair["access_token"]).status_code
    renewed = app.post("/token/refresh", json={"refresh_token": pair["refresh_token"]}).status_code
    yield ClaimCase(
        "a refresh afterwards", renewed != 200, f"the access token {revoked}, the refresh {renewed}"
    )


@claim(
    "Refresh rotation exposes a thief.",
    "true",
    said="https://www.cruxible.dev/learn/sec3-refresh-rotation",
    notebook="06-ending-access",
    cell="A refresh token that two people hold",
)
def rotation_exposes_a_thief(stage: Stage) -> Iterator[ClaimCase]:
    """Let a thief renew first, then the owner with the same token, then the thief with the new one."""
    lab = stage.lab()
    owner = AccessToken(lab)
    thief = owner.copied()
    first, second, third = thief.renew(), owner.renew(), thief.renew()
    exposed = first and not second and not third
    words = {True: "renewed", False: "refused"}
    seen = f"the thief {words[first]}, the owner {words[second]}, then the thief {words[third]}"
    yield ClaimCase("both renew", exposed, seen)


@claim(
    "Refresh rotation catches thieves.",
    "depends",
    depends_on="whether the owner comes back",
    said="https://devopsbeast.com/blog/refresh-token-rotation-reuse-detection",
    notebook="06-ending-access",
    cell="A refresh token that two people hold",
)
def rotation_catches_thieves(stage: Stage) -> Iterator[ClaimCase]:
    """Let a thief renew for a day, every ten minutes, with the owner at work and with the owner away."""
    for where, comes_back in (("the owner comes back", True), ("the owner stays away", False)):
        lab = stage.lab()
        owner = AccessToken(lab)
        thief, renewals = owner.copied(), 0
        while renewals < 144 and thief.renew():
            renewals += 1
            owner.wait(600)
            if comes_back and renewals == 2:
                owner.renew()
        yield ClaimCase(where, renewals < 144, f"the thief renewed {renewals} times in a day")


@claim(
    "A short life solves theft.",
    "depends",
    depends_on="which token is stolen",
    said="https://jwtsecretkeygenerator.com/blog/how-to-invalidate-a-jwt-token",
    notebook="06-ending-access",
    cell="All events, all designs",
)
def a_short_life_solves_theft(stage: Stage) -> Iterator[ClaimCase]:
    """Steal a token, let nobody notice, and count the seconds until it is worth nothing."""
    for what in ("an access token", "a refresh token"):
        lasts = revocation.seconds(stage.lab(), revocation.nobody_notices, HOLDERS[what])
        yield ClaimCase(what, lasts is not None and lasts <= SHORT, f"good for {spoken(lasts)}")


@claim(
    "A password change ends access.",
    "depends",
    depends_on="whether the credential is looked up",
    said="https://fixmymess.ai/blog/harden-password-change-flow",
    notebook="06-ending-access",
    cell="All events, all designs",
)
def a_password_change_ends_access(stage: Stage) -> Iterator[ClaimCase]:
    """Copy a credential, set a new password on another device, and count the seconds until the copy is
    refused.
    """
    for what, holder in HOLDERS.items():
        lasts = revocation.seconds(stage.lab(), revocation.new_password, holder)
        yield ClaimCase(what, lasts == 0, f"{spoken(lasts)} afterwards")


@claim(
    "Max-Age of the cookie enforces the timeout.",
    "false",
    said="https://howhttpworks.com/cookies/max-age",
    notebook="06-ending-access",
    cell="Log out",
)
def max_age_enforces_the_timeout(stage: Stage) -> Iterator[ClaimCase]:
    """Get a cookie of one second from a server without a limit of its own, wait, and send the cookie and a
    copy.
    """
    browser = stage.careless()
    browser.post("/visit/secrets")
    copy = str(browser.cookies["visitor"])
    time.sleep(1.2)  # the only claim that waits: the client's own clock decides here
    by_browser = browser.get("/who").status_code
    by_copy = stage.careless("thief").get("/who", cookies={"visitor": copy}).status_code
    yield ClaimCase("a server without a limit", by_copy == 401, f"the browser {by_browser}, a copy {by_copy}")


@claim(
    "An idle timeout stops a thief.",
    "depends",
    depends_on="whether the thief stays idle",
    said="https://www.donotgethacked.com/knowledge-base/session-expiration-session-timeout/",
    notebook="02-sessions",
    cell="How long?",
)
def an_idle_timeout_stops_a_thief(stage: Stage) -> Iterator[ClaimCase]:
    """Steal a session id, and use it never, or every 27 minutes."""
    lab = stage.lab()
    thief = SessionId(lab).copied()
    lab.clock.advance(seconds=thief.idle)
    asleep = thief.gets_in()
    yield ClaimCase(
        "a thief who sleeps", not asleep, f"{'let in' if asleep else 'refused'} after {thief.idle:,} s"
    )
    busy = revocation.seconds(stage.lab(), revocation.nobody_notices, SessionId)
    yield ClaimCase(
        "a thief who comes back", busy is not None and busy <= thief.idle, f"refused after {spoken(busy)}"
    )


@claim(
    "Closing the browser logs you out.",
    "false",
    said="https://alexacabs.in/why-session-can-be-destroyed-by-browser-close.html",
    notebook="06-ending-access",
    cell="Log out",
)
def closing_the_browser_logs_out(stage: Stage) -> Iterator[ClaimCase]:
    """Copy the cookie, let the browser forget all of its cookies, and send the copy."""
    lab = stage.lab()
    browser = lab.client()
    browser.post("/session/login", json=lab.login("ada"))
    copy = str(browser.cookies["sid"])
    browser.cookies.clear()
    status = _status_of_copy(lab, copy)
    yield ClaimCase("a copy of the cookie", status == 401, f"answered {status}")


def _status_of_copy(lab: Lab, session_id: str) -> int:
    return lab.client("thief").get("/session/me", cookies={"sid": session_id}).status_code
