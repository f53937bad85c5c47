"""Host names and origins: one thing, however it is written; and what only looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from labserver import cli
from labserver.app import create_app, prepare
from labserver.formats.hosts import host_name, origin_of, same_origin
from labserver.kit.attacks.scene import Scene
from labserver.kit.attacks.target import Target
from labserver.resource_server.settings import ResourceServerSettings
from labserver.settings import Settings

pytestmark = pytest.mark.usefixtures("quick_passwords")

URL = "https://lab.example:8443"
LOOPBACK = "0:0:0:0:0:0:0:1"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    """A server whose names and origins were given by somebody who types in capitals."""
    settings = Settings(
        home=tmp_path / "home",
        hosts=("LAB.Example", LOOPBACK),
        cors_origins=("HTTPS://App.Example:443", "http://[2001:DB8:0::1]:80"),
    )
    prepare(settings)
    return create_app(settings).test_client()


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("LocalHost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("[::1]", "::1"),
        (LOOPBACK, "::1"),
        ("[2001:DB8:0:0::A]", "2001:db8::a"),
    ],
)
def test_a_host_has_one_spelling(typed: str, same: str) -> None:
    assert host_name(typed) == same


@pytest.mark.parametrize(
    ("typed", "same"),
    [
        ("HTTPS://App.Example", "https://app.example"),
        ("https://app.example:443", "https://app.example"),
        ("http://app.example:80", "http://app.example"),
        ("http://app.example:443", "http://app.example:443"),
        (f"http://[{LOOPBACK}]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_has_one_spelling(typed: str, same: str) -> None:
    assert origin_of(typed) == same
    assert same_origin(same, typed)


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "app.example", "ftp://app.example", "https://", "https://app.example/"),
        *(
            "https://me@app.example",
            "https://app.example:",
            "https://app.example:123456",
            "https://app.ex ample",
        ),
        *("https://app.example\n", "http\u017f://app.example", "https://\u212aiosk.example"),
    ],
)
def test_what_is_no_origin_equals_none(text: str) -> None:
    assert origin_of(text) is None
    assert not same_origin(text, text)


@pytest.mark.parametrize(
    "host", ["LAB.Example", "lab.example", "Lab.example:8443", f"[{LOOPBACK}]:80", "[::1]"]
)
def test_a_server_knows_its_names_however_they_are_written(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", ["lab.example.", "lab.example.evil.example", "lab", "[::2]", "127.0.0.1"])
def test_and_no_others(client: FlaskClient, host: str) -> None:
    assert client.get("/healthz", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("LAB.EXAMPLE:8443", URL, 401),
        ("lab.example:8443", "https://LAB.example:8443", 401),
        ("lab.example:443", "https://lab.example", 401),
        ("lab.example", "https://lab.example:443", 401),
        (f"[{LOOPBACK}]:8443", "https://[::1]:8443", 401),
        ("lab.example:8443", "https://lab.example", 403),
        ("lab.example:8443", "http://lab.example:8443", 403),
        ("lab.example:8443", "https://lab.example.:8443", 403),
        ("lab.example:99999999", "null", 403),
        ("lab.example:99999999", "https://lab.example:99999999", 403),
    ],
)
def test_a_change_comes_from_the_same_origin(
    client: FlaskClient, host: str, origin: str, status: int
) -> None:
    """401: the origin was right, and the password is not."""
    answer = client.post(
        "/session/login",
        base_url=URL,
        headers={"Host": host, "Origin": origin},
        json={"username": "ada", "password": "not her password"},
    )
    assert answer.status_code == status


@pytest.mark.parametrize("origin", ["https://app.example", "http://[2001:db8::1]"])
def test_a_listed_origin_is_known_as_browsers_write_it(client: FlaskClient, origin: str) -> None:
    answer = client.get("/token/me", headers={"Host": "lab.example", "Origin": origin})
    assert answer.headers["Access-Control-Allow-Origin"] == origin


@pytest.mark.parametrize("origin", ["null", "", "http://app.example", "https://app.example:8443"])
def test_any_other_is_not(client: FlaskClient, origin: str) -> None:
    answer = client.get("/token/me", headers={"Host": "lab.example", "Origin": origin})
    assert "Access-Control-Allow-Origin" not in answer.headers


@pytest.mark.parametrize(
    ("typed", "bound"),
    [
        ("LAB.Example", "lab.example"),
        ("lab.example.", "lab.example"),
        ("B\u00fccher.Example", "xn--bcher-kva.example"),
        ("127.1", "127.0.0.1"),
        ("[::1]", "::1"),
        (LOOPBACK, "::1"),
        ("a..b", "a..b"),
        ("", ""),
    ],
)
def test_the_option_host_is_written_as_clients_send_it(typed: str, bound: str) -> None:
    assert cli.parser().parse_args(["serve", "--host", typed]).host == bound


def test_the_option_cors_origin_is_written_as_browsers_send_it() -> None:
    chosen = cli.parser().parse_args(["serve", "--cors-origin", "HTTPS://App.Example:443"])
    assert chosen.cors_origin == ["https://app.example"]


@pytest.mark.parametrize(
    "url",
    ["http://LOCALHOST:8000", "HTTP://127.0.0.1:8000", f"http://[{LOOPBACK}]:8000", "HTTPS://Login.Example"],
)
def test_an_issuer_is_this_machine_however_it_is_written(url: str) -> None:
    assert ResourceServerSettings(url).issuer == url


@pytest.mark.parametrize(
    ("url", "cookie", "neighbour"),
    [
        ("HTTPS://LAB.Example:8443/", "__Host-sid", "https://lab.example:1"),
        ("Http://[::1]:8000", "sid", "http://[::1]:1"),
    ],
)
def test_an_attack_aims_at_an_address_however_it_is_written(url: str, cookie: str, neighbour: str) -> None:
    users = {name: {"password": "a long password"} for name in ("ada", "mallory")}
    scene = Scene(Target.from_ready_message({"url": url, "users": users}))
    assert scene.cookie_name == cookie
    assert scene.neighbour == neighbour
