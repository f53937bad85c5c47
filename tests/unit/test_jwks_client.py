"""Published keys: which are taken, when they are fetched, and how long a copy is believed."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from jwt.algorithms import ECAlgorithm

from labserver.auth.tokens.algorithms import Key
from labserver.auth.tokens.jwks import PRIVATE, read_jwk
from labserver.auth.tokens.keys import SCHEMA, KeyRing
from labserver.errors import BadKey, KeysUnknown, SettingsError
from labserver.formats.base64url import b64encode
from labserver.formats.weak_keys import weakness_of_modulus
from labserver.resource_server.jwks_client import Cache, JwksClient, fetch, should_fetch
from labserver.resource_server.settings import ResourceServerSettings
from labserver.storage.database import Database
from tests.unit.conftest import Race, StoppedClock
from tests.unit.issuer import Issuer, number, roca_modulus, sample


def published(tmp_path: Path, algorithm: str = "ES256") -> dict[str, Any]:
    """Give one key as its server publishes it."""
    jwk = KeyRing(Database(tmp_path / f"{algorithm}.db", SCHEMA), algorithm).newest.jwk()
    assert jwk
    return jwk


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    one = Issuer()
    yield one
    one.stop()


@pytest.fixture
def keys(issuer: Issuer, clock: StoppedClock) -> JwksClient:
    return JwksClient(ResourceServerSettings(issuer.url, max_age=300, min_gap=10, keep=3600), clock)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "RS256"])
def test_a_published_key_verifies_what_its_server_signed(tmp_path: Path, algorithm: str) -> None:
    own = KeyRing(Database(tmp_path / "keys.db", SCHEMA), algorithm).newest
    copy = read_jwk(own.jwk() or {})
    assert copy is not None
    assert (copy.kid, copy.alg, copy.signing) == (own.kid, algorithm, None)
    assert copy.verify(b"message", own.sign(b"message"))
    assert not copy.verify(b"another", own.sign(b"message"))


@pytest.mark.parametrize(
    "change",
    [
        {"kid": None},
        {"kid": 7},
        {"alg": None},
        {"alg": "none"},
        {"alg": "HS256"},
        {"alg": "RS256"},
        {"alg": ["ES256"]},
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"use": "enc"},
        {"use": None},
    ],
    ids=str,
)
def test_a_key_that_is_not_one_of_ours_is_left_out(tmp_path: Path, change: dict[str, Any]) -> None:
    assert read_jwk(published(tmp_path))
    assert read_jwk(published(tmp_path) | change) is None


@pytest.mark.parametrize(
    ("algorithm", "change", "why"),
    [
        *(("ES256", {name: "AAAA"}, rf"private half \({name}\)") for name in PRIVATE),
        *(("RS256", {name: "AAAA"}, rf"private half \({name}\)") for name in PRIVATE),
        ("RS256", dict.fromkeys(["p", "q", "dp", "dq", "qi"], "AAAA"), "p, q, dp, dq, qi"),
        ("ES256", {"d": "AAAA", "alg": "ES384", "use": "enc"}, "private half"),
        ("ES256", {"kty": "oct", "k": "c2VjcmV0" * 8, "alg": "HS256"}, "private half"),
        ("ES256", {"kty": "oct", "alg": "HS256"}, "shared secret"),
        ("ES256", {"x": "AAAA"}, "numbers"),
        ("ES256", {"x": 5}, "numbers"),
        ("ES256", {"y": None}, "numbers"),
        ("EdDSA", {"x": 5}, "numbers"),
        ("EdDSA", {"x": "AAAA"}, "small order|numbers"),
        ("EdDSA", {"x": "A" * 42}, "numbers|small order"),
        ("RS256", {"n": ""}, "numbers"),
        ("RS256", {"e": "AQ"}, "exponent|numbers"),
        ("RS256", {"e": number(3)}, "exponent"),
        ("RS256", {"e": number(65536)}, "exponent|numbers"),
        ("RS256", {"e": number(2**256 + 1)}, "exponent"),
        ("RS256", {"e": number(2**4096 + 1)}, "exponent|numbers"),
        ("RS256", {"n": number(2**16384 + 1)}, "16384 or less|numbers"),
        ("RS256", {"n": number(2**300_000 + 1)}, "16384 or less|numbers"),
        ("RS256", {"n": number(2**2048 + 2)}, "small factor|numbers"),
        ("RS256", {"n": number(167 * (2**2048 + 1))}, "small factor"),
    ],
    ids=str,
)
def test_a_bad_key_is_refused_by_name(algorithm: str, change: dict[str, Any], why: str) -> None:
    jwk = sample(algorithm)
    assert read_jwk(jwk)
    with pytest.raises(BadKey, match=why):
        read_jwk(jwk | change)


def test_a_private_key_that_is_published_is_refused(tmp_path: Path) -> None:
    """Anyone who reads the set could sign by it."""
    own = KeyRing(Database(tmp_path / "keys.db", SCHEMA), "ES256").newest
    private = ECAlgorithm.to_jwk(own.signing, as_dict=True)
    assert "d" in private
    with pytest.raises(BadKey, match=r"private half \(d\)"):
        read_jwk(private | {"kid": own.kid, "alg": "ES256", "use": "sig"})


P = 2**255 - 19
D = -121665 * pow(121666, -1, P)


def added(one: tuple[int, int], other: tuple[int, int]) -> tuple[int, int]:
    """Add two points of the curve (RFC 8032, section 5.1.4, in affine form)."""
    (a, b), (c, d) = one, other
    both = D * a * b * c * d
    return (a * d + b * c) * pow(1 + both, -1, P) % P, (b * d + a * c) * pow(1 - both, -1, P) % P


def small_order() -> dict[tuple[int, int], int]:
    """Find the eight points whose order divides 8, by halving: {point: order}."""
    i = pow(2, (P - 1) // 4, P)
    points = {(0, 1): 1, (0, P - 1): 2, (i, 0): 4, (P - i, 0): 4}
    # Doubled they give y = 0, so x^2 = -y^2 and d y^4 + 2 y^2 - 1 = 0.
    for root in roots(1 + D):
        for y in roots((root - 1) * pow(D, -1, P)):
            points |= {(y * i % P, y): 8, (-y * i % P, y): 8}
    return points


def roots(square: int) -> set[int]:
    """Find the square roots modulo p; none if there are none."""
    root, i = pow(square, (P + 3) // 8, P), pow(2, (P - 1) // 4, P)
    return {one % P for one in (root, -root, root * i, -root * i) if (one * one - square) % P == 0}


def encodings() -> list[bytes]:
    """Write each of the eight in every way that 32 bytes allow, canonical or not."""
    values = {y + more for _, y in small_order() for more in (0, P) if y + more < 2**255}
    return [(y + (sign << 255)).to_bytes(32, "little") for y in sorted(values) for sign in (0, 1)]


def test_there_are_eight_points_of_small_order() -> None:
    points = small_order()
    assert sorted(points.values()) == [1, 2, 4, 4, 8, 8, 8, 8]
    for point, order in points.items():
        assert (-(point[0] ** 2) + point[1] ** 2 - 1 - D * point[0] ** 2 * point[1] ** 2) % P == 0
        sums = [point]
        while sums[-1] != (0, 1):
            sums.append(added(sums[-1], point))
        assert len(sums) == order
    assert len(encodings()) == 14


@pytest.mark.parametrize("encoded", encodings(), ids=bytes.hex)
def test_a_point_of_small_order_is_refused(encoded: bytes) -> None:
    with pytest.raises(BadKey, match="small order"):
        read_jwk(sample("EdDSA") | {"x": b64encode(encoded)})


@pytest.mark.parametrize("more", range(2, 19))
def test_a_point_is_written_in_one_way(more: int) -> None:
    with pytest.raises(BadKey, match="not below p"):
        read_jwk(sample("EdDSA") | {"x": b64encode((P + more).to_bytes(32, "little"))})


@pytest.mark.parametrize("message", [b"ada", b"grace"])
def test_one_signature_under_a_point_of_small_order_holds_for_any_message(message: bytes) -> None:
    """Why they are refused: nobody has the secret of the key 1, and nobody needs it."""
    neutral = (1).to_bytes(32, "little")
    key = ed25519.Ed25519PublicKey.from_public_bytes(neutral)
    key.verify(neutral + bytes(32), message)


def test_a_key_of_the_roca_family_is_refused() -> None:
    with pytest.raises(BadKey, match="ROCA"):
        read_jwk(sample("RS256") | {"n": number(roca_modulus())})


def test_ordinary_keys_are_not_of_the_roca_family() -> None:
    """Large random numbers without a small factor: to this test they look like ordinary keys."""
    choose = random.Random(2018)  # noqa: S311 - keys that nobody uses
    found = {weakness_of_modulus(choose.getrandbits(2048) | 2**2047 | 1, 65537) for _ in range(300)}
    assert found == {None, "its modulus has a small factor"}


@pytest.mark.parametrize(
    ("kid", "fetched", "tried", "expected"),
    [
        ("old", 0, 0, False),
        ("new", 0, 0, True),
        ("new", 0, 91, False),
        ("new", 0, 90, True),
        ("old", -199, -199, False),
        ("old", -200, -200, True),
        ("old", -200, 91, False),
        ("new", 500, 500, True),
    ],
)
def test_when_to_fetch(kid: str, fetched: float, tried: float, expected: bool) -> None:
    """It is 100 s; a copy lasts 300 s, and 10 s lie between two tries. In the last it was set back."""
    cache = Cache({"old": Key("old", "ES256", None, None)}, fetched, tried)
    assert should_fetch(cache, kid, 100, max_age=300, min_gap=10) is expected


def test_keys_are_fetched_once_and_kept(issuer: Issuer, keys: JwksClient, tmp_path: Path) -> None:
    issuer.keys = [published(tmp_path)]
    first = keys.find(issuer.keys[0]["kid"])
    assert first
    assert all(keys.find(first.kid) is first for _ in range(100))
    assert issuer.asked == keys.fetches == 1


def test_a_new_key_is_fetched_when_a_token_names_it(
    issuer: Issuer, keys: JwksClient, clock: StoppedClock, tmp_path: Path
) -> None:
    issuer.keys = [published(tmp_path)]
    keys.find(issuer.keys[0]["kid"])
    issuer.keys.append(published(tmp_path, "EdDSA"))
    clock.time += 10
    assert keys.find(issuer.keys[1]["kid"])
    assert keys.find(issuer.keys[0]["kid"])
    assert keys.fetches == 2


def test_a_flood_of_invented_names_is_no_flood_of_fetches(
    issuer: Issuer, keys: JwksClient, clock: StoppedClock, tmp_path: Path
) -> None:
    issuer.keys = [published(tmp_path)]
    for turn in range(1000):
        clock.time += 0.02  # 20 s in all
        assert keys.find(f"invented-{turn}") is None
    assert issuer.asked == 2


def test_a_retired_key_lives_until_the_copy_is_old(
    issuer: Issuer, keys: JwksClient, clock: StoppedClock, tmp_path: Path
) -> None:
    old = published(tmp_path)
    issuer.keys = [old]
    keys.find(old["kid"])
    issuer.keys = [published(tmp_path, "EdDSA")]
    clock.time += 299
    assert keys.find(old["kid"]), "believed, although the issuer has retired it"
    clock.time += 1
    assert keys.find(old["kid"]) is None


def test_an_issuer_that_is_down_is_missed_only_after_a_while(
    issuer: Issuer, keys: JwksClient, clock: StoppedClock, tmp_path: Path
) -> None:
    issuer.keys = [published(tmp_path)]
    kid = issuer.keys[0]["kid"]
    keys.find(kid)
    issuer.stop()
    for wait in (300, 1000, 2299):
        clock.time += wait
        assert keys.find(kid)
    clock.time += 1
    with pytest.raises(KeysUnknown):
        keys.find(kid)


def test_an_issuer_that_was_never_there_is_asked_now_and_then(
    issuer: Issuer, keys: JwksClient, clock: StoppedClock, tmp_path: Path
) -> None:
    issuer.status = 503
    for _ in range(50):
        with pytest.raises(KeysUnknown):
            keys.find("anything")
    assert issuer.asked == 1
    issuer.status, issuer.keys = 200, [published(tmp_path)]
    clock.time += 10
    assert keys.find(issuer.keys[0]["kid"])


def test_those_who_wait_for_a_new_key_get_it_from_one_fetch(
    issuer: Issuer, keys: JwksClient, race: Race, tmp_path: Path
) -> None:
    issuer.keys = [published(tmp_path)]
    kid = issuer.keys[0]["kid"]
    found = race(lambda _: keys.find(kid))
    assert [type(key) for key in found] == [Key] * 8
    assert issuer.asked == 1


def test_a_known_key_does_not_wait_for_a_slow_issuer(
    issuer: Issuer, keys: JwksClient, clock: StoppedClock, tmp_path: Path
) -> None:
    issuer.keys = [published(tmp_path)]
    kid = issuer.keys[0]["kid"]
    keys.find(kid)
    clock.time += 300
    issuer.ready.clear()
    first = threading.Thread(target=keys.find, args=(kid,))
    first.start()
    while issuer.asked < 2:
        pass
    assert keys.find(kid), "the old copy, while the other thread fetches"
    assert first.is_alive()
    issuer.ready.set()
    first.join()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys": {}}',
        b'{"keys": [], "keys": []}',
        b"<html>",
        b'{"keys": []}' + b" " * 70_000,
        b"[" * 5000,
        b"\xff",
    ],
    ids=lambda body: body[:20],
)
def test_what_is_no_key_set_changes_nothing(
    issuer: Issuer, keys: JwksClient, clock: StoppedClock, tmp_path: Path, body: bytes
) -> None:
    issuer.keys = [published(tmp_path)]
    kid = issuer.keys[0]["kid"]
    keys.find(kid)
    issuer.body = body
    clock.time += 300
    assert keys.find(kid)
    assert (issuer.asked, keys.fetches) == (2, 1)


def test_two_keys_of_one_name_are_no_key_set(issuer: Issuer, tmp_path: Path) -> None:
    one, other = published(tmp_path), published(tmp_path, "EdDSA")
    issuer.keys = [one, other | {"kid": one["kid"]}, "not a key"]
    with pytest.raises(ValueError, match="same name"):
        fetch(ResourceServerSettings(issuer.url))


def test_a_bad_key_is_left_out_and_named_and_the_others_are_taken(
    issuer: Issuer, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = published(tmp_path), published(tmp_path, "EdDSA")
    issuer.keys = [bad | {"d": "AAAA"}, good, {"kty": "oct", "k": "AAAA", "kid": ["x"]}, bad]
    assert set(fetch(ResourceServerSettings(issuer.url))) == {good["kid"]}, (
        "nor under its name without the secret"
    )
    assert (
        f"the key '{bad['kid']}' from {issuer.url} is refused: it shows its private half (d)" in caplog.text
    )
    assert "AAAA" not in caplog.text


def test_a_key_whose_secret_comes_out_is_forgotten(
    issuer: Issuer, keys: JwksClient, clock: StoppedClock, tmp_path: Path
) -> None:
    """Were the whole set refused, the old copy would live on, and that key with it."""
    leaked = published(tmp_path)
    issuer.keys = [leaked]
    assert keys.find(leaked["kid"])
    issuer.keys = [leaked | {"d": "AAAA"}]
    clock.time += 300
    assert keys.find(leaked["kid"]) is None


def test_a_redirect_is_not_followed(issuer: Issuer, keys: JwksClient) -> None:
    issuer.status, issuer.headers = 302, {"Location": f"{issuer.url}/elsewhere"}
    with pytest.raises(KeysUnknown):
        keys.find("anything")
    assert issuer.asked == 1


@pytest.mark.parametrize("option", ["ca", "lab_clock"])
def test_a_file_that_is_not_there_is_said_and_not_made(tmp_path: Path, option: str) -> None:
    missing: dict[str, Any] = {option: tmp_path / "missing"}
    with pytest.raises(SettingsError, match=f"--{option.replace('_', '-')} .*missing: there is no such file"):
        ResourceServerSettings("https://login.example", **missing)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "issuer_url",
    ["https://login.example", "https://login.example:8443", "http://127.0.0.1:8000", "http://[::1]:8000"],
)
def test_an_issuer_on_tls_or_on_this_machine_is_safe(issuer_url: str) -> None:
    assert ResourceServerSettings(issuer_url).issuer == issuer_url


@pytest.mark.parametrize(
    "issuer_url",
    [
        "http://login.example",
        "http://192.0.2.1:8000",
        "http://0.0.0.0:8000",
        "http://127.0.0.1@login.example",
        "https://user@login.example",
        "https://login.example/path",
        "https://login.example:0",
        "https://login.example:99999",
        "https://",
        "ftp://127.0.0.1",
        "file:///etc/passwd",
        "127.0.0.1:8000",
        "",
    ],
)
def test_any_other_issuer_is_refused(issuer_url: str) -> None:
    with pytest.raises(SettingsError, match="--issuer"):
        ResourceServerSettings(issuer_url)
