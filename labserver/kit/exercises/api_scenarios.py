"""Scenarios for the API that the learner writes in 03: who gets in with which token, and what a refusal says.

Each is called with the learner's function and `verify`. Each returns in a few words what happened. Raises
NotImplementedError where nothing is written yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from labserver.kit.exercises.learner_app import AppAnswer, LearnerApp
from labserver.kit.exercises.scenarios import KEPT_OUT

Verify = Callable[[str], dict[str, str]]
Make = Callable[[Verify], Any]

_GOOD = {
    "token-of-ada": {"sub": "ada", "role": "user"},
    "token-of-grace": {"sub": "grace", "role": "admin"},
    "token-of-a-sensor": {"sub": "sensor"},
}
_REASONS = {"expired": "it has expired", "forged": "the signature is not ours"}


def verify(token: str) -> dict[str, str]:
    """Stand for a verifier: return a good token's claims. Raises ValueError, with a reason, for any other."""
    if token not in _GOOD:
        raise ValueError(_REASONS.get(token, "no token of ours"))
    return dict(_GOOD[token])


def _ask(make: Make, check: Verify, path: str = "/me", **headers: str) -> AppAnswer:
    return LearnerApp(make(check)).ask("GET", path, **headers)


def _result(answer: AppAnswer) -> str:
    """Name the user who got in, or the status of a refusal with its challenge and the error in it."""
    if answer.ok:
        user = answer.body.get("user") if isinstance(answer.body, dict) else None
        return f"{answer.status} {user}"
    challenge = answer.header("WWW-Authenticate")
    error = re.search(r'error="?([a-z_]+)', challenge)
    scheme = challenge.split(" ")[0] or "no challenge"
    return f"{answer.status}, {scheme}{f' {error[1]}' if error else ''}"


def _out(answer: AppAnswer) -> str:
    return _result(answer) if answer.ok else KEPT_OUT


def good_token(make: Make, check: Verify) -> str:
    """Send Ada's token."""
    return _result(_ask(make, check, Authorization="Bearer token-of-ada"))


def no_token(make: Make, check: Verify) -> str:
    """Send no credential."""
    return _result(_ask(make, check))


def bad_token(make: Make, check: Verify) -> str:
    """Send a token that has expired."""
    return _result(_ask(make, check, Authorization="Bearer expired"))


def small_letters(make: Make, check: Verify) -> str:
    """Write the scheme in small letters."""
    return _result(_ask(make, check, Authorization="bearer token-of-ada"))


def another_scheme(make: Make, check: Verify) -> str:
    """Send a password with the scheme Basic."""
    return _result(_ask(make, check, Authorization="Basic YWRhOmxvdmVsYWNl"))


def half_a_header(make: Make, check: Verify) -> str:
    """Send headers that only begin like the right one."""
    for text in ("Bearer", "Bearer ", "token-of-ada", "BearerToken token-of-ada"):
        answer = _ask(make, check, Authorization=text)
        if not answer.refused:
            return f"{_result(answer)} for {text!r}"
    return "refused, and no crash"


def in_the_address(make: Make, check: Verify) -> str:
    """Put the token into the address."""
    return _out(_ask(make, check, "/me?access_token=token-of-ada"))


def in_a_cookie(make: Make, check: Verify) -> str:
    """Send the token in a cookie, as a browser would add it by itself."""
    cookies = "; ".join(f"{name}=token-of-ada" for name in ("token", "access_token", "Authorization", "sid"))
    return _out(_ask(make, check, Cookie=cookies))


def one_refusal(make: Make, check: Verify) -> str:
    """Compare the answers to two bad tokens, and look for the verifier's reason in them."""
    one, other = (_ask(make, check, Authorization=f"Bearer {name}") for name in _REASONS)
    same = (one.status, one.text, one.headers) == (other.status, other.text, other.headers)
    return "the same answer" if same else "different answers"


def admin(make: Make, check: Verify) -> str:
    """Ask for the admin's page as Grace, who is one."""
    return _result(_ask(make, check, "/admin", Authorization="Bearer token-of-grace"))


def not_admin(make: Make, check: Verify) -> str:
    """Ask for the admin's page as Ada, who is none."""
    return _result(_ask(make, check, "/admin", Authorization="Bearer token-of-ada"))


def admin_unknown(make: Make, check: Verify) -> str:
    """Ask for the admin's page without a token."""
    return _result(_ask(make, check, "/admin"))


def no_role(make: Make, check: Verify) -> str:
    """Ask for the admin's page with a token that has no role."""
    return _result(_ask(make, check, "/admin", Authorization="Bearer token-of-a-sensor"))
