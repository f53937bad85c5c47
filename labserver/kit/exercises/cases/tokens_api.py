"""An exercise of 03: write an API behind a Bearer token. Each case is a scenario."""

from __future__ import annotations

from collections.abc import Callable

from labserver.kit.exercises import api_scenarios as api
from labserver.kit.exercises.case import Case, Exercise
from labserver.kit.exercises.scenarios import KEPT_OUT


def _case(scenario: Callable[..., str], name: str, expect: str, why: str) -> Case:
    return Case((api.verify,), expect, why, name, ("verify",), scenario)


_MAKE_API = Exercise(
    name="03-make-api",
    call="make_api(verify)",
    goal="A Flask app: GET /me and GET /admin, guarded by the Bearer token of the Authorization header.",
    cases=(
        _case(
            api.good_token, "a good token", "200 ada", "The claim `sub` says who it is; no look-up is needed."
        ),
        _case(
            api.no_token,
            "no token",
            "401, Bearer",
            "A `401` names the scheme that is wanted, in WWW-Authenticate. Nothing was sent, so there is "
            "no error to report yet (RFC 6750, section 3.1).",
        ),
        _case(
            api.bad_token,
            "an expired token",
            "401, Bearer invalid_token",
            "`invalid_token` tells the client what to do: get a new token, and try again (RFC 6750, "
            "section 3.1).",
        ),
        _case(
            api.small_letters,
            "bearer in small letters",
            "200 ada",
            "Scheme names are the same in upper and lower case (RFC 9110, section 11.1).",
        ),
        _case(
            api.another_scheme,
            "another scheme",
            "401, Bearer",
            "Basic carries a password, not a token: it is refused like a request without one, and nothing "
            "in it is taken for a token.",
        ),
        _case(
            api.half_a_header,
            "half a header",
            "refused, and no crash",
            "Anybody can send anything: a header without a token must not end in a crash, and so in a 500.",
        ),
        _case(
            api.in_the_address,
            "a token in the address",
            KEPT_OUT,
            "Addresses end up in logs and in the browser's history (RFC 9700, section 4.3.2).",
        ),
        _case(
            api.in_a_cookie,
            "a token in a cookie",
            KEPT_OUT,
            "A browser adds cookies by itself, also when another site causes the request. An API that "
            "takes tokens from a header only needs no CSRF defence.",
        ),
        _case(
            api.one_refusal,
            "two different bad tokens",
            "the same answer",
            "The reason for a refusal belongs into your log. In the answer it would say how far a forgery "
            "got.",
        ),
        _case(api.admin, "grace, an admin", "200 grace", "Her token says `role: admin`, so she may."),
        _case(
            api.not_admin,
            "ada at the admin's page",
            "403, Bearer insufficient_scope",
            "Known, and not allowed: that is `403` with `insufficient_scope`. With `401` her client would "
            "fetch a new token again and again.",
        ),
        _case(
            api.admin_unknown,
            "nobody at the admin's page",
            "401, Bearer",
            "First who, then whether: a stranger gets `401` here as well.",
        ),
        _case(
            api.no_role,
            "a token without a role",
            "403, Bearer insufficient_scope",
            "A claim that is missing gives no right, and no crash.",
        ),
    ),
    done="This is the check that each request to an API passes. It matters because one forgotten route is "
    "open to everybody. A colleague might write it once, as a decorator or in `before_request`, and list "
    "the routes that are open; then a new route is closed until somebody opens it.",
)

EXERCISES = (_MAKE_API,)
