"""One spelling per token (docs/security.md, T5 and R3): a changed valid token is refused or the same.

"The same" is said of two texts that carry the same `jti` and the same claims, so that revoking one revokes
both: an ES256 signature has a twin, (r, n - s), and nothing else here has.
"""

from __future__ import annotations

import base64
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labserver.auth.tokens.keys import SCHEMA, KeyRing
from labserver.auth.tokens.signer import Tokens
from labserver.auth.tokens.verifier import Access
from labserver.errors import InvalidToken
from labserver.formats.base64url import b64decode, b64encode
from labserver.storage.clock import Clock
from labserver.storage.database import Database
from tests.conftest import StartServer
from tests.contract.clients import App, present

ALGORITHMS = ("HS256", "ES256", "EdDSA", "RS256")
URL_SAFE = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
ODD = " \t\n\r\x0b\x0c\x00\x1c\x7f\x85\xa0é=+/.,;:%\\\"'{}~\u2028\u200b\ufeff\uff21\u0661\U0001f600\udc80"
TRIES = 5
P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
bounded = settings(
    max_examples=150,  # of each kind and algorithm; every byte and every end is changed one by one besides
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


class Bench:
    """A server's own check, in this process, with one good token and what it says."""

    def __init__(self, algorithm: str, folder: Path) -> None:
        ring = KeyRing(Database(folder / f"{algorithm}.db", SCHEMA), algorithm)
        self.tokens = Tokens(ring, Clock(), issuer="us", audience="our-api", lifetime=86_400)
        self.token, self.access = self.tokens.sign("ada", "user")
        self.parts = self.token.split(".")
        self.tried: Counter[str] = Counter()

    def read(self, text: str) -> Access | None:
        for _ in range(TRIES):  # what is slow, is slow each time; Python's own tidying up comes once
            began = time.thread_time()
            try:
                found = self.tokens.check(text)
            except InvalidToken:
                found = None
            if time.thread_time() - began < 0.1:
                return found
        pytest.fail(f"seconds of work: {text[:100]!r}")

    def hold(self, text: str, kind: str) -> None:
        """Insist that a changed token is refused, or is provably the same one."""
        if text == self.token:
            return
        self.tried[kind] += 1
        access = self.read(text)
        assert access is None or access == self.access, f"{kind}: another token is taken"
        assert access is None or self.is_twin(text), f"{kind}: a second spelling"

    def is_twin(self, text: str) -> bool:
        """Tell whether this is the ES256 signature's mirror image; the signed bytes are the very same."""
        return text == twin(self.token) and self.tokens.ring.newest.alg == "ES256"


def twin(token: str) -> str:
    """Turn (r, s) into (r, n - s)."""
    signed, _, signature = token.rpartition(".")
    raw = b64decode(signature)
    s = (P256 - int.from_bytes(raw[32:], "big")) % P256
    return f"{signed}.{b64encode(raw[:32] + s.to_bytes(32, 'big'))}"


@pytest.fixture(scope="module", params=ALGORITHMS)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(request.param, tmp_path_factory.mktemp("bench"))


def other_bytes(token: str) -> Iterator[str]:
    """Change each character, drop each, double each, put an odd one before each."""
    choose = random.Random(2026)  # noqa: S311 - which bytes, not whose secret
    for place in range(len(token)):
        head, tail = token[:place], token[place + 1 :]
        for instead in {*choose.sample(URL_SAFE, 6), *choose.sample(ODD, 2), token[place].swapcase()}:
            if instead != token[place]:
                yield head + instead + tail
        yield head + tail
        yield head + token[place] * 2 + tail
        yield head + choose.choice(ODD) + token[place] + tail


def test_any_change_of_one_byte(bench: Bench) -> None:
    assert bench.read(bench.token) == bench.access, "the control"
    for text in other_bytes(bench.token):
        bench.hold(text, "one byte")
    assert bench.tried["one byte"] > 2000


def test_every_character_in_the_places_that_carry_stray_bits(bench: Bench) -> None:
    """The last character of a part may hold bits that belong to no byte: a lenient reader drops them."""
    ends = [len(bench.parts[0]) - 1, -len(bench.parts[2]) - 2, len(bench.token) - 1]
    for place in ends:
        place %= len(bench.token)
        for instead in URL_SAFE + ODD:
            bench.hold(bench.token[:place] + instead + bench.token[place + 1 :], "stray bits")
    assert bench.tried["stray bits"] > 200


def spellings(part: str) -> Iterator[str]:
    """Write the same bytes in other ways, which one or another decoder takes."""
    data = b64decode(part)
    standard = base64.b64encode(data).decode()
    yield from (part + "=" * count for count in range(1, 5))
    yield from (
        standard,
        standard.rstrip("="),
        base64.b32encode(data).decode(),
        base64.b85encode(data).decode(),
    )
    yield from (
        data.hex(),
        data.hex().upper(),
        data.decode("latin-1"),
        part.lower(),
        part.upper(),
        part[::-1],
    )
    yield from (f"{part[:place]}{odd}{part[place:]}" for odd in ODD for place in (0, 4, len(part)))
    yield from (part.replace("-", "+").replace("_", "/"), "".join(f"%{ord(one):02X}" for one in part))
    yield from (
        "\n".join(part[start : start + 64] for start in range(0, len(part), 64)),
        f'"{part}"',
        f"{part}\x00",
    )
    yield from (b64encode(part.encode()), b64encode(data + b"\x00"), b64encode(b"\xef\xbb\xbf" + data))
    yield from ("".join(chr(ord(one) + 0xFEE0) for one in part), part + part, "")


def test_any_re_encoding_of_a_part(bench: Bench) -> None:
    for place in range(3):
        for other in spellings(bench.parts[place]):
            parts = [*bench.parts]
            parts[place] = other
            bench.hold(".".join(parts), "re-encoding")
    assert bench.tried["re-encoding"] > 300


def test_any_reorder_or_repetition_of_parts(bench: Bench) -> None:
    pieces = [*bench.parts, "", "e30", "e30=", bench.parts[1][:-4]]
    for count in range(1, 5):
        for chosen in _products(len(pieces), count):
            for joint in (".", "..") if count > 1 else (".",):
                bench.hold(joint.join(pieces[one] for one in chosen), "reorder")
    for prefix in ("Bearer ", ".", " ", "\ufeff", "bearer:", '"'):
        bench.hold(prefix + bench.token, "reorder")
        bench.hold(bench.token + prefix, "reorder")
    assert bench.tried["reorder"] > 2000


def _products(things: int, count: int) -> Iterator[list[int]]:
    for number in range(things**count):
        yield [number // things**place % things for place in range(count)]


@cache
def another_token(bench: Bench) -> str:
    return bench.tokens.sign("grace", "admin")[0]


def test_parts_of_two_good_tokens_do_not_mix(bench: Bench) -> None:
    other = another_token(bench).split(".")
    for choice in range(1, 7):  # at least one part of each
        mixed = ".".join((other if choice >> place & 1 else bench.parts)[place] for place in range(3))
        if mixed != another_token(bench) and mixed != bench.token:
            bench.hold(mixed, "mixture")


@bounded
@given(data=st.data())
def test_several_changes_at_once(bench: Bench, data: st.DataObject) -> None:
    text = bench.token
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(text)))
        cut = data.draw(st.integers(0, 3))
        put = data.draw(st.text(st.sampled_from(URL_SAFE + ODD), max_size=3))
        text = text[:place] + put + text[place + cut :]
    bench.hold(text, "several")


@bounded
@given(text=st.text(max_size=200) | st.from_regex(r"[\w-]{0,80}\.[\w-]{0,80}\.[\w-]{0,90}", fullmatch=True))
def test_what_is_no_token_at_all(bench: Bench, text: str) -> None:
    bench.hold(text, "invented")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@bounded
@given(data=st.data())
def test_a_well_signed_header_with_anything_else_in_it(bench: Bench, data: st.DataObject) -> None:
    """Signed by the server's own key, so that the signature is not what stops it."""
    header = json.loads(b64decode(bench.parts[0]))
    name = data.draw(
        st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "b64", "cty", "x5c"]) | st.text(max_size=6)
    )
    changed = header | {name: data.draw(json_values)}
    if changed == header:
        return
    signed = f"{b64encode(json.dumps(changed).encode())}.{bench.parts[1]}"
    text = f"{signed}.{b64encode(bench.tokens.ring.newest.sign(signed.encode()))}"
    bench.tried["header"] += 1
    assert bench.read(text) is None


@bounded
@given(data=st.data())
def test_a_well_signed_claim_of_another_type(bench: Bench, data: st.DataObject) -> None:
    claims = json.loads(b64decode(bench.parts[1]))
    name = data.draw(st.sampled_from(["iss", "aud", "exp", "iat", "sub", "jti", "role"]))
    value = data.draw(json_values.filter(lambda it: type(it) is not type(claims[name])))
    signed = f"{bench.parts[0]}.{b64encode(json.dumps(claims | {name: value}).encode())}"
    text = f"{signed}.{b64encode(bench.tokens.ring.newest.sign(signed.encode()))}"
    bench.tried["claim"] += 1
    assert bench.read(text) is None


def test_how_many_were_tried(bench: Bench) -> None:
    """Needs the tests above, and says for each algorithm what docs/security.md says."""
    if len(bench.tried) < 8:
        pytest.skip("only when the whole module runs")
    assert sum(bench.tried.values()) > 8_000, bench.tried


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_a_sample_over_http(servers: StartServer, algorithm: str) -> None:
    server = servers("--denylist", *(() if algorithm == "HS256" else ("--algorithm", algorithm)))
    with App(server) as ada:
        token = ada.login().json()["access_token"]
        choose = random.Random(algorithm)  # noqa: S311 - which of the mutations are sent
        sample = [text for text in other_bytes(token) if text.isprintable() and text.isascii()]
        sample = choose.sample(sample, 150) + [one for one in spellings(token.split(".")[2]) if one.isascii()]
        answers = Counter[int]()
        for text in sample:
            sent = text.strip() if "." in text else f"{token.rpartition('.')[0]}.{text}"
            if sent.strip() != token and sent.isprintable():
                answers[present(server, sent).status_code] += 1
        assert set(answers) <= {400, 401}, answers
        twins = [token, *([twin(token)] if algorithm == "ES256" else [])]
        assert [present(server, one).status_code for one in twins] == [200] * len(twins)
        assert ada.post("/token/revoke", data={"token": twins[-1]}).status_code == 200
        assert [present(server, one).status_code for one in twins] == [401] * len(twins), "revocable"
