"""The one list of weaknesses: each with its sentence, its attack, and the parts that make it so."""

from __future__ import annotations

from dataclasses import dataclass

from labserver.auth.refresh import RefreshFamilies
from labserver.auth.sessions import Sessions
from labserver.auth.token_pair import TokenPair
from labserver.auth.tokens.keys import KeyRing
from labserver.auth.tokens.signer import Tokens
from labserver.lab_mode.comments import Comments
from labserver.web.carriers import Cookie
from labserver.web.csrf import CsrfGuard
from labserver.web.endpoint import Request


@dataclass(frozen=True)
class Weakness:
    """What is weak about a server, and which of its parts make it so; all others are the usual ones.

    `attack` is the name of the attack of `labserver.kit.attacks` that it lets in. `algorithm` is the one that
    it takes to show it.
    """

    name: str
    sentence: str
    attack: str
    sessions: type[Sessions] = Sessions
    ring: type[KeyRing] = KeyRing
    tokens: type[Tokens] = Tokens
    families: type[RefreshFamilies] = RefreshFamilies
    token_pair: type[TokenPair] = TokenPair
    cookie: type[Cookie] = Cookie
    csrf: type[CsrfGuard] = CsrfGuard
    request: type[Request] = Request
    comments: type[Comments] = Comments
    algorithm: str | None = None


NONE = Weakness("", "", "")
WEAKNESSES: dict[str, Weakness] = {}
"""All weaknesses by name, as `--weak` takes them."""


def register(*weaknesses: Weakness) -> None:
    """Add weaknesses to the list. Raises ValueError for a name that is taken."""
    for each in weaknesses:
        if each.name in WEAKNESSES:
            raise ValueError(f"There is already a weakness {each.name!r}.")
        WEAKNESSES[each.name] = each
