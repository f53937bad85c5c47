"""What a token is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from labserver.kit import attacks
from labserver.kit.exercises.claims.claim import ClaimCase, claim
from labserver.kit.exercises.claims.stage import Stage
from labserver.kit.exercises.claims.steps import bearer, log_in, rows_of, with_a_token
from labserver.kit.forgery import forge
from labserver.kit.scaling.sizes import COOKIE

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of the curve P-256, which ES256 uses: with (r, s), the pair (r, ORDER - s) is a signature too."""


@claim(
    "A JWT is encrypted.",
    "false",
    said="https://devformatters.com/blog/jwt--JWT-Is-Not-Encryption-Common-Developer-Misconceptions",
    notebook="03-tokens",
    cell="Take it apart",
)
def a_jwt_is_encrypted(stage: Stage) -> Iterator[ClaimCase]:
    """Log in, and read the payload without any key."""
    claims = forge.fields(log_in(stage.lab(), "token")["access_token"], 1)
    readable = claims.get("sub") == "ada"
    yield ClaimCase("an access token", not readable, f"read without a key: {', '.join(sorted(claims))}")


@claim(
    "A token with a good signature is valid.",
    "false",
    said="https://dev.to/authbyexample1/validate-the-jwt-audience-claim-197n",
    notebook="08-attacking-tokens",
    cell="Well signed, and wrong",
)
def a_good_signature_means_valid(stage: Stage) -> Iterator[ClaimCase]:
    """Let the server's own key sign tokens that are wrong in one way, and send them."""
    lab = stage.lab()
    token = log_in(lab, "token")["access_token"]
    header, claims = forge.fields(token, 0), forge.fields(token, 1)
    wrong: dict[str, dict[str, Any]] = {
        "for another service": {"aud": "another-service"},
        "of another issuer": {"iss": "another-issuer"},
        "expired an hour ago": {"iat": claims["iat"] - 7200, "exp": claims["iat"] - 3600},
    }
    for name, change in wrong.items():
        status = with_a_token(lab, lab.sign(header, claims | change)).status_code
        yield ClaimCase(name, status == 200, f"well signed, answered {status}")


@claim(
    "`alg: none` is history.",
    "depends",
    depends_on="whether the verifier, or the token, says which algorithm is used",
    said="https://vibe-eval.com/patterns/jwt-alg-none-and-kid-traversal/",
    notebook="08-attacking-tokens",
    cell="Say that it is not signed",
)
def alg_none_is_history(stage: Stage) -> Iterator[ClaimCase]:
    """Send an unsigned token in another user's name to two servers."""
    pinned = attacks.alg_none(stage.lab())
    yield ClaimCase("the verifier knows its algorithm", not pinned.got_in, pinned.evidence)
    with stage.own_lab(weak="alg-none") as lab:
        naive = attacks.alg_none(lab)
    yield ClaimCase("the verifier reads it in the token", not naive.got_in, naive.evidence)


@claim(
    "Tokens are bigger than session ids.",
    "true",
    said="https://jsonic.io/guides/json-web-token-size",
    notebook="04-side-by-side",
    cell="The ledger",
)
def tokens_are_bigger(stage: Stage) -> Iterator[ClaimCase]:
    """Count what each sends along with a request, and let a token grow until no cookie can hold it."""
    lab = stage.lab()
    browser = lab.client()
    browser.post("/session/login", json=lab.login("ada"))
    of_session = lab.ledger(browser.get("/session/me"))["bytes_in"]
    for algorithm in ("HS256", "ES256"):
        other = stage.lab(algorithm="ES256", kept=True, workers=2) if algorithm == "ES256" else lab
        token = log_in(other, "token")["access_token"]
        of_token = other.ledger(with_a_token(other, token))["bytes_in"]
        seen = f"{of_session} bytes with a session, ≈ {of_token} with a token"
        yield ClaimCase(algorithm, of_token > of_session, seen)
    header, claims = forge.fields(token, 0), forge.fields(token, 1)
    many = claims | {f"permission_{number}": "orders:read" for number in range(100)}
    size = sum(map(len, (forge.segment(header), forge.segment(many)))) + 45
    yield ClaimCase("100 permissions more", size > COOKIE, f"≈ {size:,} bytes; a cookie ends at {COOKIE:,}")


@claim(
    "Anybody who holds a bearer token can use it.",
    "true",
    said="https://www.rfc-editor.org/rfc/rfc6750#section-1.2",
    notebook="03-tokens",
    cell="Send it",
)
def anybody_can_use_a_bearer_token(stage: Stage) -> Iterator[ClaimCase]:
    """Send a copied token from another client, without any cookie, under another name."""
    lab = stage.lab()
    token = log_in(lab, "token")["access_token"]
    answer = lab.client("thief").get("/token/me", headers=bearer(token) | {"User-Agent": "another program"})
    yield ClaimCase("another client", answer.status_code == 200, f"answered {answer.status_code}")


@claim(
    "A hash of the token is a safe key for a denylist.",
    "false",
    said="https://github.com/SandeepVashishtha/Eventra/pull/12092",
    notebook="06-ending-access",
    cell="A denylist",
)
def a_hash_of_the_token_is_a_safe_key(stage: Stage) -> Iterator[ClaimCase]:
    """Write the ES256 signature of a token in the second way that the curve allows, and send both tokens."""
    lab = stage.lab(algorithm="ES256", kept=True, workers=2)
    token = log_in(lab, "token")["access_token"]
    twin = _second_signature(token)
    statuses = [with_a_token(lab, each).status_code for each in (token, twin)]
    same = sha256(token.encode()).digest() == sha256(twin.encode()).digest()
    both = statuses == [200, 200]
    yield ClaimCase(
        "ES256", same or not both, f"two texts with two hashes, answered {statuses[0]} and {statuses[1]}"
    )


def _second_signature(token: str) -> str:
    head, _, signature = token.rpartition(".")
    raw = forge.unb64(signature)
    r, s = raw[:32], int.from_bytes(raw[32:], "big")
    return f"{head}.{forge.b64(r + (ORDER - s).to_bytes(32, 'big'))}"


@claim(
    "With tokens the server stores nothing.",
    "depends",
    depends_on="whether tokens can be refreshed or revoked",
    said="https://www.cruxible.dev/learn/sd17-stateless-jwt-sessions",
    notebook="06-ending-access",
    cell="A denylist",
)
def tokens_store_nothing(stage: Stage) -> Iterator[ClaimCase]:
    """Log in, and count the rows of the session store."""
    lab = stage.lab()
    lab.client().post("/grid/jwt/header/login", json=lab.login("ada"))
    alone = len(lab.state())
    yield ClaimCase("an access token alone", alone == 0, f"{alone} rows after the login")
    log_in(lab, "token")
    refreshed = rows_of(lab, "family")
    yield ClaimCase("with a refresh token", refreshed == 0, f"{refreshed} row: the refresh family")
    listed = stage.lab(denylist=True)
    pair = log_in(listed, "token")
    listed.client().post("/token/logout", json={"refresh_token": pair["refresh_token"]})
    denied = rows_of(listed, "denied")
    yield ClaimCase("with a denylist, after the logout", denied == 0, f"{denied} row: the denied token")


@claim(
    "Flask's `session` lives on the server.",
    "false",
    said="https://enpatika.com/soru-cevap/is-flask-session-safe/page/2",
    notebook="02-sessions",
    cell="The same with Flask's own `session`",
)
def flask_keeps_its_session_on_the_server(stage: Stage) -> Iterator[ClaimCase]:
    """Read the cookie of a Flask application without its key, log out, and send the copied cookie again."""
    browser = stage.careless()
    browser.post("/login", json={"username": "ada"})
    cookie = str(browser.cookies["session"])
    inside = json.loads(forge.unb64(cookie.split(".")[0]))
    yield ClaimCase("what the cookie is", "user" not in inside, f"read without the key: {json.dumps(inside)}")
    browser.post("/logout")
    answer = stage.careless("thief").get("/me", cookies={"session": cookie})
    yield ClaimCase("a copy after the logout", answer.status_code == 401, f"answered {answer.status_code}")
