"""The exercises of 08: a verifier that stops every forgery, and tests that catch every broken verifier."""

from __future__ import annotations

from typing import Any

from labserver.kit.exercises.case import Case, Exercise, Raises
from labserver.kit.forgery.broken_verifiers import DOZEN, Broken
from labserver.kit.forgery.forgeries import FORGERIES, MINT
from labserver.kit.forgery.mint import Keys
from labserver.kit.forgery.reference_verifier import ReferenceVerifier, by_pyjwt

_KEYS = ", ".join(f"{kid} {alg}" for kid, (alg, _) in MINT.keys.items())

_HONEST = (
    (MINT.token(), "ada's, by k1", "A verifier that refuses everybody is safe, and of no use."),
    (MINT.token("k2"), "ada's, by k2", "While keys change there are two of a kind, and the kid says which."),
    (MINT.token("k3"), "ada's, by k3", "Each key has its own algorithm, and `keys` says which: here ES256."),
    (MINT.token("k4"), "ada's, by k4", "Each key has its own algorithm, and `keys` says which: here EdDSA."),
    (MINT.token(exp=MINT.now + 1), "ada's, exp in 1 s", "One second before `exp` it has not expired."),
    (
        MINT.token(iat=MINT.now + 60, nbf=MINT.now + 60),
        "ada's, iat and nbf in 60 s",
        "Another server's clock may be fast: up to 60 s ahead is let through.",
    ),
    (
        MINT.token(theme="dark", scopes=["read"]),
        "ada's, with claims of another program",
        "Claims that you do not know are to be ignored (RFC 7519, section 4).",
    ),
    (MINT.token(sub="葛蕾丝"), "of the user 葛蕾丝", "A name is any text, and JSON is UTF-8."),
)


def _case(token: str, made: str, expect: Any, why: str, name: str) -> Case:
    shown = (made, f"those of the mint: {_KEYS}", f"{MINT.now}")
    return Case((token, MINT.keys, MINT.now), expect, why, name, shown)


_VERIFY = Exercise(
    name="08-verify",
    call="verify(token, keys, now)",
    goal="Return the claims of an honest access token; raise ValueError for any other, and never crash.",
    cases=(
        *(
            _case(
                token,
                made,
                ReferenceVerifier()(token, MINT.keys, MINT.now),
                why,
                "an honest caller was refused",
            )
            for token, made, why in _HONEST
        ),
        *(
            _case(token, made, Raises(ValueError), forgery.meaning, forgery.name)
            for forgery in FORGERIES.values()
            for made, token in forgery.tokens
        ),
    ),
    done="Every forgery is stopped, and every honest caller gets in. It matters because this function "
    "is the whole door: an API that checks tokens has nothing else. A colleague might leave the "
    "signature and the dates to `jwt.decode` (with `algorithms`, `audience`, `issuer` and "
    "`require`), and add what it lets pass: `typ`, padding, a name that comes twice.",
)


def refuses_everybody(token: str, keys: Keys, now: int) -> dict[str, Any]:
    """Raise ValueError, whatever the token is."""
    raise ValueError("no")


def _slipped_by(verify: Broken) -> Case:
    meaning = next(forgery.meaning for forgery in FORGERIES.values() if forgery.name in verify.lets_in)
    return Case((verify,), True, f"It slipped by. {meaning}", type(verify).__name__, (repr(verify),))


_FALSE_ALARM = "This one is right. Tests that cry out at a right verifier are soon switched off."
_RIGHT = (
    (ReferenceVerifier(), "ReferenceVerifier: every step is taken"),
    (by_pyjwt, "by_pyjwt: the same with PyJWT"),
)
_CATCHES = Exercise(
    name="08-catches",
    call="catches(verify)",
    goal="Return True if `verify` lets a bad token in or refuses an honest one, False if it does neither.",
    cases=(
        *(Case((verify,), False, _FALSE_ALARM, "a false alarm", (shown,)) for verify, shown in _RIGHT),
        Case(
            (refuses_everybody,),
            True,
            "It refuses everybody, so every attack fails: bad tokens alone never show what is wrong with it.",
            "refuses_everybody",
            ("refuses_everybody: raises ValueError, whatever it is given",),
        ),
        *(_slipped_by(verify) for verify in DOZEN),
    ),
    done="Your tests catch them all, and leave the right ones alone. It matters because most of these "
    "faults look like nothing in a review: the honest callers get in. A colleague might write one "
    "test for each rule, with the rule in its name, so that a red test says what is broken; or "
    "draw random tokens with Hypothesis.",
)

EXERCISES = (_VERIFY, _CATCHES)
