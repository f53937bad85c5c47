"""The exercises of 07: an origin check, and a guard against CSRF, under what browsers can be made to send.

The third one, a session store, has a module of its own.
"""

from __future__ import annotations

from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.guard_scenarios import (
    ADA,
    MALLORY,
    CsrfToken,
    ShopRequest,
    after_a_change_of_keys,
    csrf_token,
    timing_safe,
)

OWN, EVIL = "https://shop.example", "https://evil.example"


def _sent(
    name: str, headers: dict[str, str], expect: bool, why: str, method: str = "POST", own: str = OWN
) -> Case:
    return Case((method, headers, own), expect, why, name)


_ALLOWED = Exercise(
    name="07-allowed",
    call="allowed(method, headers, own_origin)",
    goal="Return True unless the headers say that a change was asked for by a page that is not ours.",
    cases=(
        _sent(
            "our own page",
            {"Origin": OWN, "Sec-Fetch-Site": "same-origin"},
            True,
            "Our own page has to get through, or nobody can change anything.",
        ),
        _sent(
            "a page on another site",
            {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
            False,
            "The plain forgery got in: any page on the web changes Ada's address while she looks at it.",
        ),
        _sent(
            "an older browser on another site",
            {"Origin": EVIL},
            False,
            "Browsers sent `Origin` years before `Sec-Fetch-Site`. If only one of them came, it decides.",
        ),
        _sent(
            "another site, without Origin",
            {"Sec-Fetch-Site": "cross-site"},
            False,
            "`Sec-Fetch-Site` alone says it: a page cannot write this header, only the browser can.",
        ),
        _sent(
            "a page on a neighbouring host",
            {"Sec-Fetch-Site": "same-site"},
            False,
            "`same-site` is not `same-origin`: it is also another port, or blog.shop.example, where "
            "strangers write. SameSite=Lax lets these through, so this check has to stop them.",
        ),
        _sent(
            "a frame in a sandbox",
            {"Origin": "null"},
            False,
            "`null` is not the same as nothing. A page of Mallory's gets it by a sandboxed frame, and would "
            "be let in like no browser at all.",
        ),
        _sent(
            "the same host without TLS",
            {"Origin": "http://shop.example"},
            False,
            "Anyone in the same café network can write any page of `http://shop.example`. The scheme "
            "is part of the origin.",
        ),
        _sent(
            "another port of the same host",
            {"Origin": "https://shop.example:8443"},
            False,
            "Another port is another program, perhaps another person's. The cookie ignores ports; this check "
            "must not.",
        ),
        _sent(
            "a name that ends like ours",
            {"Origin": "https://evilshop.example"},
            False,
            "Mallory registers evilshop.example for a few coins, and `endswith` lets her in. "
            "Compare the whole origin.",
        ),
        _sent(
            "a name that begins like ours",
            {"Origin": "https://shop.example.evil.example"},
            False,
            "Mallory owns evil.example, and so every name below it; `startswith` and `in` let her in. "
            "Compare the whole origin.",
        ),
        _sent(
            "a proxy that writes names in lower case",
            {"origin": EVIL},
            False,
            "Header names mean the same in upper and lower case, and HTTP/2 sends them all in lower case. "
            "Looked up by one spelling, the forgery's header is not seen.",
        ),
        _sent(
            "two headers that disagree",
            {"Origin": OWN, "Sec-Fetch-Site": "cross-site"},
            False,
            "One bad sign is enough. A check that takes either header takes the weaker one.",
        ),
        _sent(
            "another site, by DELETE",
            {"Origin": EVIL, "Sec-Fetch-Site": "cross-site"},
            False,
            "POST is not the only change. All methods but GET, HEAD and OPTIONS are checked, or Mallory "
            "takes the one that was forgotten.",
            method="DELETE",
        ),
        _sent(
            "a program, not a browser",
            {},
            True,
            "Neither header: an app or a very old browser. This check cannot tell, and leaves it to the CSRF "
            "token; refusing would lock honest programs out.",
        ),
        _sent(
            "a person's own doing",
            {"Sec-Fetch-Site": "none"},
            True,
            "`none`: no page asked for it, the person did, by a bookmark or the address line.",
        ),
        _sent(
            "a link on another site",
            {"Sec-Fetch-Site": "cross-site"},
            True,
            "A link from a search engine has to work. GET changes nothing, so there is nothing to forge.",
            method="GET",
        ),
        _sent(
            "another server",
            {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
            True,
            "Our own origin is handed in: the check must work for every server, a port included.",
            own="http://127.0.0.1:8000",
        ),
    ),
    done="This matters because SameSite lets neighbours through, and because the login form has no session "
    "yet that a token could belong to. A colleague might refuse a change that has neither header: safer, but "
    "it locks out programs and very old browsers. The server does it as you did: check_origin in csrf.py.",
)

_CHANGED, _REFUSED, _READ = "200, changed", "403, nothing changed", "200, nothing changed"


def _request(name: str, asked: ShopRequest, expect: str, why: str, token_of: CsrfToken = csrf_token) -> Case:
    return Case((token_of, []), expect, why, name, ("csrf_token", "changes"), asked)


_GUARDED_SHOP = Exercise(
    name="07-guarded-shop",
    call="guarded_shop(csrf_token, changes)",
    goal="Return a Flask app whose guard answers 403 to each change without its own session's CSRF token.",
    cases=(
        _request(
            "our own page",
            ShopRequest("POST", csrf_token(ADA)),
            _CHANGED,
            "The session's own token has to be taken.",
        ),
        _request(
            "no token at all",
            ShopRequest("POST", None),
            _REFUSED,
            "The plainest forgery got in: a form of Mallory's that knows nothing of tokens. A refusal that "
            "comes after the change is none.",
        ),
        _request(
            "an empty header",
            ShopRequest("POST", ""),
            _REFUSED,
            "The header is there, and nothing in it. A client without a token must not pass for one with "
            "the empty one.",
        ),
        _request(
            "a token made up",
            ShopRequest("POST", "mallory-was-here"),
            _REFUSED,
            "A token that only has to be there is no secret. It has to be compared.",
        ),
        _request(
            "Mallory's own token",
            ShopRequest("POST", csrf_token(MALLORY)),
            _REFUSED,
            "Mallory has an account and so a good token: of her own session. If it opens Ada's, her page "
            "simply sends it. The token must be bound to the session in the cookie.",
        ),
        _request(
            "the beginning of the token",
            ShopRequest("POST", csrf_token(ADA)[:8]),
            _REFUSED,
            "Eight characters are enough to get in, so eight are enough to guess. All of it, or nothing.",
        ),
        _request(
            "a text that no token has",
            ShopRequest("POST", "é" * 64),
            _REFUSED,
            "`hmac.compare_digest` takes only ASCII as text: compare bytes, `sent.encode()`. A crash is a "
            "500, and a line in the log for everybody who likes to fill logs.",
        ),
        _request(
            "a patient listener with a clock",
            ShopRequest("POST", csrf_token(ADA)),
            _CHANGED,
            "`==` may stop at the first character that differs, so its time can tell how many were right, "
            "and a token be guessed piece by piece. `hmac.compare_digest` always takes the same time.",
            timing_safe,
        ),
        _request(
            "a DELETE without a token",
            ShopRequest("DELETE", None),
            _REFUSED,
            "POST is not the only change: a page of Mallory's deletes Ada's address.",
        ),
        _request(
            "a page that is only read",
            ShopRequest("GET", None, "/"),
            _READ,
            "GET changes nothing, so it needs no token.",
        ),
        _request(
            "a look at the headers",
            ShopRequest("HEAD", None, "/"),
            _READ,
            "HEAD and OPTIONS change nothing either.",
        ),
        _request(
            "our own page, another key",
            ShopRequest("POST", after_a_change_of_keys(ADA)),
            _CHANGED,
            "`csrf_token` is handed in: after a change of keys, the tokens of the new one count.",
            after_a_change_of_keys,
        ),
    ),
    done="This matters because the browser adds the cookie to Mallory's form too: only the token shows that "
    "our own page asked. One guard before all routes also covers a route that is added later. A colleague "
    "might check the origin in the same guard, as the server does (csrf.py), or draw a random token and keep "
    "it in the session's row.",
)

EXERCISES = (_ALLOWED, _GUARDED_SHOP)
