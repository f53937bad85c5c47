"""The exercise of 04: how did it travel, and what does it mean? Two questions, not one."""

from __future__ import annotations

import base64

from labserver.kit.exercises.case import Case, Exercise, Raises

_OPAQUE = "k7Qx9fWm2s"
_JWT = ".".join(
    base64.urlsafe_b64encode(part).rstrip(b"=").decode()
    for part in (b'{"alg":"HS256"}', b'{"sub":"ada"}', b"a signature")
)

_CARRIER_AND_KIND = Exercise(
    name="04-carrier-and-kind",
    call="carrier_and_kind(headers)",
    goal='Return (carrier, kind): "cookie" or "header", "opaque" or "jwt"; None without a credential; '
    "ValueError for two at once.",
    cases=(
        Case(
            ({"Cookie": f"grid={_OPAQUE}"},),
            ("cookie", "opaque"),
            "The classic session: the browser carries it, the server must look it up.",
        ),
        Case(
            ({"Authorization": f"Bearer {_JWT}"},),
            ("header", "jwt"),
            "The classic token: the script carries it, the server checks a signature.",
        ),
        Case(
            ({"Cookie": f"grid={_JWT}"},),
            ("cookie", "jwt"),
            "A cookie may carry a JWT. It cannot be looked up any better for it, and forged requests "
            "ride along again.",
        ),
        Case(
            ({"Authorization": f"Bearer {_OPAQUE}"},),
            ("header", "opaque"),
            "A header may carry an opaque id: no forged requests, and revocable at once.",
        ),
        Case(({},), None, "Nobody in particular is asking. That is allowed, and no error."),
        Case(
            ({"Cookie": f"theme=dark; grid={_OPAQUE}"},),
            ("cookie", "opaque"),
            "A browser sends all its cookies in one line; look for the one that is ours.",
        ),
        Case(
            ({"Cookie": "theme=dark; mygrid=1"},),
            None,
            "A cookie is not yet a credential: only the one named exactly `grid` is.",
        ),
        Case(
            ({"authorization": f"bearer {_JWT}"},),
            ("header", "jwt"),
            "Header names and scheme names are the same in upper and lower case.",
        ),
        Case(
            ({"Authorization": "Basic YWRhOmxvdmVsYWNl"},),
            None,
            "That is a password, in every request, as in 01. It is neither of our two kinds.",
        ),
        Case(
            ({"Authorization": "Bearer family.secret"},),
            ("header", "opaque"),
            "A JWT has three parts. One dot does not make one: a refresh token has a dot, too.",
        ),
        Case(
            ({"Cookie": "grid=eyJust4nId"},),
            ("cookie", "opaque"),
            "A random id may begin with `eyJ` by chance; three parts decide.",
        ),
        Case(
            ({"Cookie": f"grid={_OPAQUE}", "Authorization": f"Bearer {_JWT}"},),
            Raises(ValueError),
            "Two at once may name two people. Whichever you pick, somebody can be fooled (RFC 6750, "
            "section 2).",
        ),
    ),
    done="Four answers from two questions. `Session or token` asks both at once, and so it asks neither.",
)

EXERCISES = (_CARRIER_AND_KIND,)
