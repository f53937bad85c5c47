"""The exercises of 07: an origin check and a CSRF check, attacked by what browsers can be made to send.

The third one, a session store, has a module of its own.
"""

from __future__ import annotations

import hmac

from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.timing_safe import TimingSafeStr

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
            "another house",
            {"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"},
            True,
            "Our own origin is handed in: the check must work for every server, a port included.",
            own="http://127.0.0.1:8000",
        ),
    ),
    done="The server asks the same: see check_origin in csrf.py. Nothing is stored for it.",
)

_ID, _KEY = "k7Qx9f", b"known to the server only"


def csrf_token(session_id: str, key: bytes) -> str:
    """Derive the session's token, as the notebook's cell does."""
    return hmac.new(key, session_id.encode(), "sha256").hexdigest()


_TOKEN = csrf_token(_ID, _KEY)


def _form(name: str, token: str | None, expect: bool, why: str, method: str = "POST") -> Case:
    return Case((method, token, _ID, _KEY), expect, why, name)


_CSRF_OK = Exercise(
    name="07-csrf-ok",
    call="csrf_ok(method, sent, session_id, key)",
    goal="Return True for what changes nothing, and for a change that brings its own session's token.",
    cases=(
        _form("our own page", _TOKEN, True, "The session's own token has to be taken."),
        _form(
            "no token at all",
            None,
            False,
            "The plainest forgery got in: a form of Mallory's that knows nothing of tokens.",
        ),
        _form(
            "an empty field",
            "",
            False,
            "Mallory's form has the field, and nothing in it. A client without a token must not pass for one "
            "with the empty one.",
        ),
        _form(
            "a token made up",
            "mallory-was-here",
            False,
            "A token that is only asked to be there is no secret. It has to be compared.",
        ),
        _form(
            "Mallory's own token",
            csrf_token("zR3vT8", _KEY),
            False,
            "Mallory has an account and so a good token: of her own session. If it opens Ada's, her page "
            "simply brings it along. The token must be bound to the session that it is sent with.",
        ),
        _form(
            "the beginning of the token",
            _TOKEN[:8],
            False,
            "Eight characters are enough to get in, so eight are enough to guess. All of it, or nothing.",
        ),
        _form(
            "a text that no token has",
            "é" * 64,
            False,
            "`hmac.compare_digest` takes only ASCII as text: compare bytes, `sent.encode()`. A crash is a "
            "500, and a line in the log for everybody who likes to fill logs.",
        ),
        Case(
            ("POST", TimingSafeStr(_TOKEN), _ID, _KEY),
            True,
            "`==` may stop at the first character that differs, so its time can tell how many were right, "
            "and a token be guessed piece by piece. `hmac.compare_digest` takes the same time wherever.",
            "a patient listener with a clock",
        ),
        _form(
            "a DELETE without a token",
            None,
            False,
            "POST is not the only change: a page of Mallory's ends Ada's sessions.",
            method="DELETE",
        ),
        _form("a page that is only read", None, True, "GET changes nothing, so it needs no token.", "GET"),
        _form(
            "a look at the headers",
            None,
            True,
            "HEAD and OPTIONS change nothing either.",
            "HEAD",
        ),
        Case(
            ("POST", csrf_token(_ID, b"a fresh one"), _ID, b"a fresh one"),
            True,
            "The key is handed in: after a change of keys, the tokens of the new one count.",
            "our own page, another key",
        ),
    ),
    done="Nothing is stored, and nothing can be guessed: the id and the key make the token.",
)

EXERCISES = (_ALLOWED, _CSRF_OK)
