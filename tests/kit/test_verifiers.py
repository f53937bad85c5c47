"""The forgeries and the verifiers: the right ones stop them all, each broken one is broken in its one way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest

from labserver.auth.tokens import verifier
from labserver.auth.tokens.algorithms import Key
from labserver.errors import InvalidToken
from labserver.kit.exercises.case import Raises
from labserver.kit.exercises.cases.attacking_tokens import EXERCISES
from labserver.kit.forgery.broken_verifiers import BROKEN, DOZEN, Broken
from labserver.kit.forgery.forge import b64
from labserver.kit.forgery.forgeries import FORGERIES, MINT
from labserver.kit.forgery.mint import AUDIENCE, ISSUER, Keys, Mint
from labserver.kit.forgery.reference_verifier import ReferenceVerifier, by_pyjwt

ROOT = Path(__file__).resolve().parents[2]


class Pinned:
    """The mint's keys and its time, as the server's own parts want them."""

    def find(self, kid: str) -> Key | None:
        if kid not in MINT.keys:
            return None
        alg, key = MINT.keys[kid]
        ready: Any = jwt.get_algorithm_by_name(alg).prepare_key(key)
        return Key(kid, alg, None, ready)

    def now(self) -> float:
        return MINT.now


def by_the_server(token: str, keys: Keys, now: int) -> dict[str, Any]:
    """Check with the server's own code: "the line that the server holds" is a claim, and is tested here."""
    try:
        return verifier.Verifier(Pinned(), Pinned(), issuer=ISSUER, audience=AUDIENCE).check(token)._asdict()
    except InvalidToken as error:
        raise ValueError(error.reason) from None


Verify = Callable[[str, Keys, int], dict[str, Any]]
HONEST = [case.args[0] for case in EXERCISES[0].cases if not isinstance(case.expect, Raises)]

right = pytest.mark.parametrize(
    "verify", [ReferenceVerifier(), by_pyjwt, by_the_server], ids=["reference", "by_pyjwt", "by_the_server"]
)
broken = pytest.mark.parametrize("verify", BROKEN.values(), ids=BROKEN)


def got_in(verify: Verify) -> set[str]:
    """Name the forgeries of which at least one is not refused; a crash is no refusal."""
    return {
        forgery.name
        for forgery in FORGERIES.values()
        for _, token in forgery.tokens
        if not refused(verify, token)
    }


def refused(verify: Verify, token: str) -> bool:
    try:
        verify(token, MINT.keys, MINT.now)
    except ValueError:
        return True
    except Exception:
        return False
    return False


@right
def test_a_right_verifier_lets_all_honest_tokens_in_and_stops_every_forgery(verify: Verify) -> None:
    assert not [token for token in HONEST if refused(verify, token)]
    assert got_in(verify) == set()


@right
def test_an_absurd_token_is_refused_and_no_crash(verify: Verify) -> None:
    deep, digits = b64(b"[" * 5500), b64(b'{"exp":' + b"9" * 5000 + b"}")
    tokens = [f"{deep}.e30.e30", MINT.sign(MINT.header(), deep), MINT.sign(MINT.header(), digits)]
    tokens += [MINT.token(iat=10**4000), MINT.token(exp=-(10**4000)), MINT.token(nbf=10**400)]
    assert [token[:40] for token in tokens if not refused(verify, token)] == []


@broken
def test_a_broken_verifier_is_broken_in_its_one_way(verify: Broken) -> None:
    assert not [token for token in HONEST if refused(verify, token)]
    assert got_in(verify) == verify.lets_in
    assert verify.lets_in


def test_every_forgery_gets_past_somebody_and_is_tried_once() -> None:
    assert set().union(*(verify.lets_in for verify in BROKEN.values())) == set(FORGERIES)
    tokens = [token for forgery in FORGERIES.values() for _, token in forgery.tokens]
    assert len(set(tokens)) == len(tokens)
    assert not set(tokens) & set(HONEST)


def test_there_are_many_and_each_says_what_is_wrong() -> None:
    assert len(BROKEN) >= 10
    sentences = {verify.about for verify in BROKEN.values()}
    assert len(sentences) == len(BROKEN)
    assert all(sentence.endswith(".") for sentence in sentences)
    assert repr(BROKEN["ForgetsTyp"]) == "ForgetsTyp: Any well-signed token is an access token."


def test_the_notebook_counts_them_right() -> None:
    text = (ROOT / "notebooks" / "08-attacking-tokens.ipynb").read_text(encoding="utf-8")
    count = sum(len(forgery.tokens) for forgery in FORGERIES.values())
    assert f"{len(HONEST)} honest callers, and then {count} forgeries of {len(FORGERIES)} kinds" in text
    assert len(BROKEN) - len(DOZEN) == 17 and "Seventeen more" in text
    assert len(DOZEN) == 12


@pytest.mark.parametrize("kid", MINT.keys)
def test_what_the_mint_signs_satisfies_an_independent_library(kid: str) -> None:
    mint = Mint()
    alg, key = mint.keys[kid]
    token = mint.token(kid, exp=2**40)
    claims = jwt.decode(token, key, algorithms=[alg], audience=AUDIENCE, issuer=ISSUER)
    assert claims == mint.claims(exp=2**40)
    assert jwt.get_unverified_header(token) == mint.header(kid)


def test_the_mint_leaves_out_changes_and_writes_what_it_is_asked_to() -> None:
    mint = Mint()
    token = mint.token("k2", without="exp", header={"typ": "JWT"}, aud="shop")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert (claims["aud"], "exp" in claims) == ("shop", False)
    assert jwt.get_unverified_header(token) == {"alg": "HS256", "kid": "k2", "typ": "JWT"}
    assert mint.sign("YQ", []).startswith("YQ.W10.")
    assert Mint().keys == mint.keys, "the same each time"
