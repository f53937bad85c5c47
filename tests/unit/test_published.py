"""Published keys: which are taken, when they are fetched, and how long a copy is believed."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm

from labserver.database import Database
from labserver.errors import KeysUnknown, SettingsError
from labserver.keys import SCHEMA, Key, KeyRing, read_jwk
from labserver.published import Cache, PublishedKeys, ServiceSettings, fetch, should_fetch
from tests.unit.conftest import Race, StoppedClock


def published(tmp_path: Path, algorithm: str = "ES256") -> dict[str, Any]:
    """Give one key as its server publishes it."""
    jwk = KeyRing(Database(tmp_path / f"{algorithm}.db", SCHEMA), algorithm).newest.jwk()
    assert jwk
    return jwk


class Issuer:
    """Answers every request as a test wants it to, and counts."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.body: bytes | None = None
        self.status, self.headers, self.asked, self.ready = 200, {"X-Nothing": "more"}, 0, threading.Event()
        self.ready.set()
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                issuer.ready.wait(30)
                body = json.dumps({"keys": issuer.keys}).encode() if issuer.body is None else issuer.body
                self.send_response(issuer.status)
                for name, value in issuer.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                with suppress(OSError):  # a client that has read enough
                    self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()

    def stop(self) -> None:
        """Go away; safe to call twice."""
        self.ready.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    one = Issuer()
    yield one
    one.stop()


@pytest.fixture
def keys(issuer: Issuer, clock: StoppedClock) -> PublishedKeys:
    return PublishedKeys(ServiceSettings(issuer.url, max_age=300, min_gap=10, keep=3600), clock)


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
        {"kty": "oct", "k": "c2VjcmV0" * 8, "alg": "HS256"},
        {"kty": "RSA"},
        {"crv": "P-384"},
        {"use": "enc"},
        {"use": None},
        {"x": "AAAA"},
        {"x": 5},
        {"y": None},
        {"d": "AAAA"},
    ],
    ids=str,
)
def test_a_key_that_is_not_one_of_ours_is_left_out(tmp_path: Path, change: dict[str, Any]) -> None:
    assert read_jwk(published(tmp_path))
    assert read_jwk(published(tmp_path) | change) is None


def test_a_private_key_that_is_published_is_left_out(tmp_path: Path) -> None:
    """Whoever reads the set could sign by it."""
    own = KeyRing(Database(tmp_path / "keys.db", SCHEMA), "ES256").newest
    private = ECAlgorithm.to_jwk(own.signing, as_dict=True)
    assert "d" in private
    assert read_jwk(private | {"kid": own.kid, "alg": "ES256", "use": "sig"}) is None


def test_a_good_key_of_another_curve_is_left_out() -> None:
    """Signed by SHA-256 over P-384 it would verify, and it is not what ES256 says."""
    other = ec.generate_private_key(ec.SECP384R1())
    jwk = Key("other", "ES256", other, other.public_key()).jwk()
    assert jwk
    assert read_jwk(jwk) is None


def test_a_short_rsa_key_is_left_out() -> None:
    weak = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - that is the point
    jwk = Key("weak", "RS256", weak, weak.public_key()).jwk()
    assert jwk
    assert read_jwk(jwk) is None


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


def test_keys_are_fetched_once_and_kept(issuer: Issuer, keys: PublishedKeys, tmp_path: Path) -> None:
    issuer.keys = [published(tmp_path)]
    first = keys.find(issuer.keys[0]["kid"])
    assert first
    assert all(keys.find(first.kid) is first for _ in range(100))
    assert issuer.asked == keys.fetches == 1


def test_a_new_key_is_fetched_when_a_token_names_it(
    issuer: Issuer, keys: PublishedKeys, clock: StoppedClock, tmp_path: Path
) -> None:
    issuer.keys = [published(tmp_path)]
    keys.find(issuer.keys[0]["kid"])
    issuer.keys.append(published(tmp_path, "EdDSA"))
    clock.time += 10
    assert keys.find(issuer.keys[1]["kid"])
    assert keys.find(issuer.keys[0]["kid"])
    assert keys.fetches == 2


def test_a_flood_of_invented_names_is_no_flood_of_fetches(
    issuer: Issuer, keys: PublishedKeys, clock: StoppedClock, tmp_path: Path
) -> None:
    issuer.keys = [published(tmp_path)]
    for number in range(1000):
        clock.time += 0.02  # 20 s in all
        assert keys.find(f"invented-{number}") is None
    assert issuer.asked == 2


def test_a_retired_key_lives_until_the_copy_is_old(
    issuer: Issuer, keys: PublishedKeys, clock: StoppedClock, tmp_path: Path
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
    issuer: Issuer, keys: PublishedKeys, clock: StoppedClock, tmp_path: Path
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
    issuer: Issuer, keys: PublishedKeys, clock: StoppedClock, tmp_path: Path
) -> None:
    issuer.status = 503
    for _ in range(50):
        with pytest.raises(KeysUnknown):
            keys.find("anything")
    assert issuer.asked == 1
    issuer.status, issuer.keys = 200, [published(tmp_path)]
    clock.time += 10
    assert keys.find(issuer.keys[0]["kid"])


def test_whoever_waits_for_a_new_key_gets_it_from_one_fetch(
    issuer: Issuer, keys: PublishedKeys, race: Race, tmp_path: Path
) -> None:
    issuer.keys = [published(tmp_path)]
    kid = issuer.keys[0]["kid"]
    found = race(lambda _: keys.find(kid))
    assert [type(key) for key in found] == [Key] * 8
    assert issuer.asked == 1


def test_whoever_has_a_key_does_not_wait_for_a_slow_issuer(
    issuer: Issuer, keys: PublishedKeys, clock: StoppedClock, tmp_path: Path
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
    issuer: Issuer, keys: PublishedKeys, clock: StoppedClock, tmp_path: Path, body: bytes
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
        fetch(ServiceSettings(issuer.url))


def test_a_redirect_is_not_followed(issuer: Issuer, keys: PublishedKeys) -> None:
    issuer.status, issuer.headers = 302, {"Location": f"{issuer.url}/elsewhere"}
    with pytest.raises(KeysUnknown):
        keys.find("anything")
    assert issuer.asked == 1


@pytest.mark.parametrize("option", ["ca", "lab_clock"])
def test_a_file_that_is_not_there_is_said_and_not_made(tmp_path: Path, option: str) -> None:
    missing: dict[str, Any] = {option: tmp_path / "missing"}
    with pytest.raises(SettingsError, match=f"--{option.replace('_', '-')} .*missing: there is no such file"):
        ServiceSettings("https://login.example", **missing)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "issuer_url",
    ["https://login.example", "https://login.example:8443", "http://127.0.0.1:8000", "http://[::1]:8000"],
)
def test_an_issuer_on_tls_or_on_this_machine_is_safe(issuer_url: str) -> None:
    assert ServiceSettings(issuer_url).issuer == issuer_url


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
        ServiceSettings(issuer_url)
