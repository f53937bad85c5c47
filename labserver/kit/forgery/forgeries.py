"""What notebook 08 sends to a server, as plain tokens: to be held against a verifier, without HTTP.

Each function is one kind of forgery, and its docstring says what it would mean if one got in. It yields
pairs: how the token is made, in words, and the token. Mallory has no key: what is well signed here comes from
an honest issuer, and is wrong in one way.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from labserver.kit.forgery import forge
from labserver.kit.forgery.mint import AUDIENCE, Mint, written

KEY_FOLDER = Path(__file__).resolve().parents[2] / "web" / "templates"
PUBLIC_FILE = "../static/pages.css"
"""A file that the server hands to everybody, as it lies from the folder of this module."""

Tokens = Iterator[tuple[str, str]]


@dataclass(frozen=True)
class Forgery:
    """One kind of forgery: its name, what it means if it gets in, and the tokens."""

    name: str
    meaning: str
    tokens: tuple[tuple[str, str], ...]


_KINDS: list[Callable[[Mint], Tokens]] = []


def _kind(build: Callable[[Mint], Tokens]) -> Callable[[Mint], Tokens]:
    _KINDS.append(build)
    return build


@_kind
def alg_none(mint: Mint) -> Tokens:
    """Anybody is grace, by writing `none`: no key, no password, nothing to guess."""
    for token in forge.unsigned(_grace(mint), mint.header()):
        alg = forge.fields(token, 0)["alg"]
        yield f"grace's, alg {alg!r}, no signature", token


@_kind
def alg_confusion(mint: Mint) -> Tokens:
    """Anybody is grace: taken for a shared secret, the public key signs whatever one likes."""
    for kid in ("k3", "k4"):
        pem = mint.keys[kid][1]
        for secret, end in ((pem, "with"), (pem.rstrip(b"\n"), "without")):
            token = forge.hmac_signed(_grace(mint), mint.header(kid), secret)
            yield f"grace's, kid {kid}, HS256 by that public key, {end} its last line end", token


@_kind
def wrong_signature(mint: Mint) -> Tokens:
    """Anybody is grace: a token is taken that none of your keys has signed."""
    stranger = hashlib.sha256(b"mallory").digest()
    yield "grace's, HS256 by mallory's own secret", forge.hmac_signed(_grace(mint), mint.header(), stranger)
    for kid in mint.keys:
        header, _, signature = mint.token(kid).split(".")
        yield f"ada's of {kid}, rewritten to be grace's", f"{header}.{written(_grace(mint))}.{signature}"
        other = "B" if signature[0] == "A" else "A"
        yield (
            f"ada's of {kid}, one byte of the signature changed",
            f"{mint.token(kid).rpartition('.')[0]}.{other}{signature[1:]}",
        )


@_kind
def short_signature(mint: Mint) -> Tokens:
    """Anybody is grace: no bytes of a signature are known to all, and one byte takes 256 tries."""
    whole = mint.sign(mint.header(), _grace(mint))
    signed, _, signature = whole.rpartition(".")
    for size in (0, 1, 31):
        yield f"grace's, {size} bytes of signature", f"{signed}.{forge.b64(forge.unb64(signature)[:size])}"


@_kind
def own_key(mint: Mint) -> Tokens:
    """Anybody is grace: the token brings the key that proves it, so it proves nothing."""
    for kid in ("k3", "k9"):
        header = {**mint.header("k3"), "kid": kid}
        token = forge.signed_by_own_key(_grace(mint), header)
        yield f"grace's, ES256 by mallory's own key, that key as jwk, kid {kid}", token
    bare = {"typ": "at+jwt"}
    yield "the same without kid", forge.signed_by_own_key(_grace(mint), bare)


@_kind
def kid_path(mint: Mint) -> Tokens:
    """Anybody is grace: the content of a file that everybody can fetch has become the secret."""
    content = (KEY_FOLDER / PUBLIC_FILE).read_bytes()
    header = {**mint.header(), "kid": PUBLIC_FILE}
    yield (
        "grace's, kid the path of a style sheet, HS256 by its content",
        forge.hmac_signed(_grace(mint), header, content),
    )


@_kind
def empty_key(mint: Mint) -> Tokens:
    """Anybody is grace: where no key has that name the secret is empty, and an empty one everybody has."""
    for kid in ("k9", "/dev/null"):
        token = forge.hmac_signed(_grace(mint), {**mint.header(), "kid": kid}, b"")
        yield f"grace's, kid {kid}, HS256 by an empty secret", token


@_kind
def unknown_kid(mint: Mint) -> Tokens:
    """A key that you take out of `keys`, as it was stolen, opens on under any other name."""
    yield "ada's, signed by k1, kid k9", mint.token(header={"kid": "k9"})
    yield "ada's, signed by k1, kid ''", mint.token(header={"kid": ""})


@_kind
def other_alg(mint: Mint) -> Tokens:
    """The header lies and gets through; the next program that believes it checks in the wrong way."""
    for kid, alg in (("k1", "ES256"), ("k2", "HS512"), ("k3", "EdDSA"), ("k4", "ES256"), ("k1", "hs256")):
        yield f"ada's, well signed by {kid}, alg {alg}", mint.token(kid, header={"alg": alg})


@_kind
def refresh_as_access(mint: Mint) -> Tokens:
    """A stolen refresh token opens the API: for two weeks, not for fifteen minutes."""
    for typ in ("rt+jwt", "JWT", ""):
        yield f"ada's, well signed, typ {typ!r}", mint.token(header={"typ": typ}, exp=mint.now + 14 * 86400)
    yield "ada's, well signed, no typ", mint.token(without="typ")


@_kind
def expired(mint: Mint) -> Tokens:
    """Anyone who copied a token once is ada for ever: it is the end that stops a thief."""
    for late in (3600, 1, 0):
        yield f"ada's, exp {late} s ago", mint.token(iat=mint.now - 4500, exp=mint.now - late)


@_kind
def endless(mint: Mint) -> Tokens:
    """A token without an end cannot be waited out, and nothing else takes it back."""
    yield "ada's, no exp", mint.token(without="exp")
    yield "ada's, exp null", mint.token(exp=None)
    yield "ada's, exp Infinity", mint.token(exp=float("inf"))


@_kind
def time_as_text(mint: Mint) -> Tokens:
    """A time that is text: the next program compares it as text, and then "9" is later than any year."""
    yield "ada's, exp as text", mint.token(exp=str(mint.now + 900))
    yield "ada's, exp 'tomorrow'", mint.token(exp="tomorrow")
    yield "ada's, iat as text", mint.token(iat=str(mint.now))


@_kind
def not_yet(mint: Mint) -> Tokens:
    """What was made for later is used now: a key for next week opens today."""
    yield "ada's, nbf in 61 s", mint.token(nbf=mint.now + 61)
    yield "ada's, iat in 61 s", mint.token(iat=mint.now + 61)


@_kind
def other_audience(mint: Mint) -> Tokens:
    """The owner of another service of this issuer copies what its users bring, and is each of them here."""
    audiences: list[Any] = ["another-service", "", [], None]
    for aud in audiences:
        yield f"ada's, aud {aud!r}", mint.token(aud=aud)
    yield "ada's, no aud", mint.token(without="aud")


@_kind
def aud_lookalike(mint: Mint) -> Tokens:
    """Anyone who may register a service of such a name gets tokens that open yours."""
    for aud in (f"{AUDIENCE}.example", f"not-{AUDIENCE}"):
        yield f"ada's, aud {aud!r}", mint.token(aud=aud)


@_kind
def other_issuer(mint: Mint) -> Tokens:
    """Another issuer's grace is yours: anyone who makes an account there chooses the name."""
    yield "grace's, iss 'elsewhere'", mint.token(iss="elsewhere", sub="grace")
    yield "grace's, no iss", mint.token(without="iss", sub="grace")


@_kind
def nobody(mint: Mint) -> Tokens:
    """The token names nobody, and what your program takes None for is anybody's guess."""
    yield "well signed, no sub", mint.token(without="sub")
    for sub in ("", None, 7):
        yield f"well signed, sub {sub!r}", mint.token(sub=sub)


@_kind
def strange_header(mint: Mint) -> Tokens:
    """What the issuer made a condition is passed over: `crit` says, refuse me unless you understand this.

    And `jku` or `x5u`, once passed on, has some other program fetch a stranger's key.
    """
    more: list[dict[str, Any]] = [
        {"crit": ["exp"]},
        {"crit": ["b64"], "b64": False},
        {"jku": "https://mallory.example/jwks.json"},
        {"x5u": "https://mallory.example/cert.pem"},
        {"x5c": ["AAAA"]},
    ]
    for one in more:
        yield f"ada's, well signed, with {', '.join(one)} in its header", mint.token(header=one)


@_kind
def duplicate_names(mint: Mint) -> Tokens:
    """One token, two readings: this program sees ada, and the next one grace."""
    claims = written(mint.claims())
    twice = forge.b64(forge.unb64(claims)[:-1] + b',"sub":"grace"}')
    yield "well signed, sub ada and then sub grace", mint.sign(mint.header(), twice)
    header = forge.b64(b'{"alg":"none",' + forge.unb64(written(mint.header()))[1:])
    yield "well signed, alg none and then alg HS256", mint.sign(header, mint.claims())


@_kind
def another_spelling(mint: Mint) -> Tokens:
    """The same token in another spelling: no list of refused tokens knows it, so a logout is undone."""
    token = mint.token()
    last = forge.ALPHABET.index(token[-1])
    yield "ada's, padded with =", f"{token}="
    yield "ada's, other stray bits in the last character", token[:-1] + forge.ALPHABET[last + 1]
    yield "ada's, a line end after it", f"{token}\n"
    yield "ada's, a ! within the signature", f"{token[:-9]}!!!!{token[-9:]}"


@_kind
def more_parts(mint: Mint) -> Tokens:
    """What stands behind the third part is signed by nobody, and the token has a second spelling."""
    yield "ada's, and a dot", f"{mint.token()}."
    yield "ada's, and a fourth part", f"{mint.token()}.{written(_grace(mint))}"


@_kind
def too_long(mint: Mint) -> Tokens:
    """A long token makes you work before you refuse it; a limit is checked first, and costs nothing."""
    yield "ada's, well signed, 12,000 characters", mint.token(note="x" * 9000)


@_kind
def no_object(mint: Mint) -> Tokens:
    """Anybody can crash it: a list has neither claims nor an alg, and a crash is a 500 where 401 was due."""
    values: list[Any] = [[], "grace", 7, None]
    for value in values:
        yield f"well signed, the claims are {value!r}", mint.sign(mint.header(), written(value))
    yield "unsigned, the header is a list", f"{written([])}.{written(mint.claims())}."


@_kind
def odd_kid(mint: Mint) -> Tokens:
    """Anybody can crash it: a kid need not be text, and a list cannot be looked up."""
    for kid in (["k1"], {"k1": 1}, 7, None):
        yield f"ada's, kid {kid!r}", mint.token(header={"kid": kid})


@_kind
def garbage(mint: Mint) -> Tokens:
    """Anybody can crash it, by sending anything at all."""
    for text in ("", "ada", "..", "e30.e30", "a.b.c", "é.é.é", "e30.e30.e30", "\udc00.e30.e30", "_w.e30.e30"):
        yield f"the text {text!r}", text


def _grace(mint: Mint) -> dict[str, Any]:
    return mint.claims(sub="grace", role="admin")


MINT = Mint()
FORGERIES: dict[str, Forgery] = {
    kind.__name__: Forgery(kind.__name__, " ".join((kind.__doc__ or "").split()), tuple(kind(MINT)))
    for kind in _KINDS
}
