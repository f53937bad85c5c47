"""How large things get, and where they end: tokens with many claims, denylists, cookies, headers.

sizes.tokens((3, 10, 50))     # bytes, by algorithm and number of claims
sizes.denylist(lab)           # rows after logins, after logouts, and when the tokens have expired
sizes.limits(lab)             # how long a token, a cookie and all headers may be: asked of the server
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from labserver.kit.display.table import Table
from labserver.kit.failures import KitError
from labserver.kit.scaling.growth import ask

if TYPE_CHECKING:
    import requests

    from labserver.kit.lab import Lab

COOKIE = 4096
"""Bytes of name and value that browsers keep of a cookie (RFC 6265bis, section 5.7)."""

MOST_CLAIMS = 500


def tokens(claims: Sequence[int] = (3, 10, 50)) -> Table:
    """Sign tokens with these numbers of claims, with every algorithm, and count their bytes.

    Raises KitError for numbers outside 1 to MOST_CLAIMS.
    """
    if not claims or min(claims) < 1 or max(claims) > MOST_CLAIMS:
        raise KitError(f"a token has 1 to {MOST_CLAIMS} claims here, as in claims=(3, 10, 50)")
    sizes: dict[tuple[int, str], int] = {}

    def see(line: dict[str, Any]) -> None:
        sizes[line["claims"], line["kind"]] = line["size"]

    ask({"claims": sorted({*claims})}, see, 60)
    kinds = list(dict.fromkeys(kind for _, kind in sizes))
    rows = [[count, *(sizes[count, kind] for kind in kinds)] for count in sorted({*claims})]
    return Table("Bytes of a credential, by the number of claims", ["claims", *kinds], rows)


def denylist(lab: Lab, logins: int = 8, logouts: int = 3) -> Table:
    """Log in and out with tokens, and count the rows that are stored; then let the access tokens expire.

    Needs a lab started with `denylist=True`. Its clock moves by the lifetime of an access token.
    Raises KitError unless 0 <= logouts <= logins <= 50.
    """
    if not 0 <= logouts <= logins <= 50:
        raise KitError("there are 1 to 50 logins here, and no more logouts than logins")
    client = lab.client("app")
    rows = [_counted(lab, "at first")]
    pairs = [client.post("/token/login", json=lab.login("ada")).json() for _ in range(logins)]
    rows.append(_counted(lab, f"after {logins} logins"))
    for pair in pairs[:logouts]:
        client.post("/token/logout", json={"refresh_token": pair["refresh_token"]})
    rows.append(_counted(lab, f"after {logouts} logouts"))
    lab.clock.advance(seconds=max((pair["expires_in"] for pair in pairs), default=0) + 1)
    lab.tidy()
    rows.append(_counted(lab, "when the access tokens have expired"))
    return Table("Rows that the server keeps", ["", "refresh families", "denied tokens"], rows)


def _counted(lab: Lab, when: str) -> list[Any]:
    kinds = [row["kind"] for row in lab.state().rows]
    return [when, kinds.count("family"), kinds.count("denied")]


def limits(lab: Lab) -> Table:
    """Ask the server how long a token, a cookie and all headers may be, and what it answers to more."""
    client = lab.client("app")
    client.post("/grid/jwt/cookie/login", json=lab.login("ada"))
    name, issued = next((cookie.name, str(cookie.value)) for cookie in client.cookies)
    client.cookies.clear()
    header, payload, _ = issued.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))

    def token(size: int) -> str:
        return lab.sign(header, claims | {"pad": "x" * size})

    def claims_in(size: int) -> int:
        """Count the claims of a token of `size` bytes: those of every token, then some of an application."""
        count = len(claims)
        while len(issued) - len(payload) + _encoded(claims, count + 1) <= size:
            count += 1
        return count

    def by_header(size: int) -> requests.Response:
        return client.get("/token/me", headers={"Authorization": f"Bearer {token(size)}"})

    def by_cookie(size: int) -> requests.Response:
        return client.get("/grid/jwt/cookie/me", headers={"Cookie": f"{name}={token(size)}"})

    rows: list[list[Any]] = []
    for what, send in (("a token in a header", by_header), ("a token in a cookie", by_cookie)):
        most, then = _edge(send, 5_900)
        longest = len(token(most))
        rows.append([f"{what}, for the server", longest, claims_in(longest), then])
    rows.append(
        ["the same, for a browser", COOKIE - len(name), claims_in(COOKIE - len(name)), "it is not kept"]
    )
    most, then = _edge(lambda size: client.get("/healthz", headers={"X-Pad": "x" * size}), 60_000)
    sent = client.get("/healthz", headers={"X-Pad": "x" * most}).request
    together = sum(len(value) for value in sent.headers.values()) + len(urlsplit(str(sent.url)).netloc)
    rows.append(["all headers together", together, None, then])
    sid = client.post("/session/login", json=lab.login("ada")).cookies.values()[0]
    rows.append(["a session id, always", len(str(sid)), None, None])
    return Table("Where it ends", ["what", "bytes", "claims that fit", "one more"], rows)


def _edge(ask_for: Callable[[int], requests.Response], beyond: int) -> tuple[int, str]:
    """Find the largest size that is answered with success, and what is answered to one more.

    Raises KitError if even `beyond` is let in.
    """
    fits, refused = 0, ask_for(beyond)
    while beyond - fits > 1:
        middle = (fits + beyond) // 2
        answer = ask_for(middle)
        if answer.ok:
            fits = middle
        else:
            beyond, refused = middle, answer
    if refused.ok:
        raise KitError("this server takes anything: no limit was found")
    return fits, f"{refused.status_code} {refused.json().get('code', '')}".strip()


def _encoded(claims: Mapping[str, Any], count: int) -> int:
    """Count the characters of a payload with `count` claims."""
    more = {f"permission_{number}": "orders:read" for number in range(len(claims) + 1, count + 1)}
    size = len(json.dumps({**claims, **more}, separators=(",", ":")))
    return -(-size * 4 // 3)
