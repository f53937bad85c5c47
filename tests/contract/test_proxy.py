"""Behind a reverse proxy that serves the pages under a prefix, as jupyter-server-proxy does on a hub."""

from __future__ import annotations

from http.cookies import SimpleCookie
from urllib.parse import quote

import pytest
import requests

from tests.conftest import Server

PREFIX = "/user/ada/proxy/8000"
HUB = {"Host": "hub.example", "X-Forwarded-Prefix": PREFIX}
behind = pytest.mark.parametrize(
    "server", [("--behind-proxy", "--host-name", "hub.example")], indirect=True, ids=["behind a proxy"]
)
anybody = pytest.mark.parametrize(
    "server", [("--behind-proxy", "--host-name", "*")], indirect=True, ids=["any host name"]
)


def ask(server: Server, method: str, path: str, headers: dict[str, str], **more: object) -> requests.Response:
    with requests.Session() as client:
        client.trust_env = False
        url = server.url + path
        return client.request(method, url, headers=headers, allow_redirects=False, timeout=30, **more)  # type: ignore[arg-type]


def log_in(server: Server, headers: dict[str, str], path: str = "/session/login") -> requests.Response:
    who = {"username": "ada", "password": server.password("ada")}
    return ask(server, "POST", path, headers, **{"data" if "site" in path else "json": who})


def path_of(answer: requests.Response, name: str = "sid") -> str:
    return str(SimpleCookie(answer.headers["Set-Cookie"])[name]["path"])


@behind
@pytest.mark.parametrize(
    ("path", "name"), [("/session/login", "sid"), ("/site/login", "sid"), ("/bff/login", "bff")]
)
def test_the_cookie_is_for_the_prefix_alone(server: Server, path: str, name: str) -> None:
    assert path_of(log_in(server, HUB, path), name) == f"{PREFIX}/"


@behind
def test_without_the_proxy_the_cookie_is_for_all_of_it(server: Server) -> None:
    assert path_of(log_in(server, {})) == "/"


def test_a_server_that_no_proxy_protects_believes_no_prefix(server: Server) -> None:
    assert path_of(log_in(server, {"X-Forwarded-Prefix": PREFIX})) == "/"


@behind
@pytest.mark.parametrize(
    "prefix", ["/a; Domain=example", "/a,b", "no/slash", "/a//b", "/ü", '/a"', "/../x y"]
)
def test_a_prefix_that_is_none_is_left_out(server: Server, prefix: str) -> None:
    answer = log_in(server, HUB | {"X-Forwarded-Prefix": prefix.encode().decode("latin-1")})
    assert path_of(answer) == "/"
    assert "Domain" not in answer.headers["Set-Cookie"]


@behind
def test_the_cookie_is_deleted_where_it_was_set(server: Server) -> None:
    opened = log_in(server, HUB)
    cookie, csrf = opened.cookies.get("sid"), opened.json()["csrf_token"]
    sid = opened.headers["Set-Cookie"].split(";")[0]
    assert cookie is None or sid == f"sid={cookie}"
    answer = ask(server, "POST", "/session/logout", HUB | {"Cookie": sid, "X-CSRF-Token": csrf})
    assert answer.status_code == 204
    assert path_of(answer) == f"{PREFIX}/"


@behind
@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://hub.example", 200),
        ("https://hub.example", 200),
        ("https://evil.example", 403),
        ("https://hub.example.evil.example", 403),
        ("https://hub.example:8443", 403),
        ("null", 403),
    ],
)
def test_the_outside_origin_is_the_same_origin(server: Server, origin: str, status: int) -> None:
    assert log_in(server, HUB | {"Origin": origin}).status_code == status


@behind
def test_another_site_that_the_browser_names_is_refused(server: Server) -> None:
    headers = HUB | {"Origin": "https://hub.example", "Sec-Fetch-Site": "cross-site"}
    assert log_in(server, headers).status_code == 403


@behind
def test_only_the_names_of_the_option_are_answered(server: Server) -> None:
    assert ask(server, "GET", "/", HUB).status_code == 200
    assert ask(server, "GET", "/", HUB | {"Host": "evil.example"}).status_code == 400


@anybody
def test_any_name_can_be_allowed(server: Server) -> None:
    assert ask(server, "GET", "/", HUB | {"Host": "who.knows.example:8443"}).status_code == 200


@behind
@pytest.mark.parametrize("query", ["", "?x=1&y=a%20b", "?%0D%0AX=y", "?caf\u00e9"])
@pytest.mark.parametrize("path", ["/site", "/app", "/bff"])
def test_a_missing_slash_is_added_by_a_relative_address(server: Server, path: str, query: str) -> None:
    answer = ask(server, "GET", path + query, HUB)
    sent = quote(query, safe="?&=%")
    assert (answer.status_code, answer.headers["Location"]) == (308, f"{path[1:]}/{sent}")


@behind
@pytest.mark.parametrize("path", ["/", "/site/", "/app/", "/bff/"])
@pytest.mark.parametrize("attribute", ["href", "src", "action"])
def test_no_page_has_an_absolute_address(server: Server, path: str, attribute: str) -> None:
    page = ask(server, "GET", path, HUB).text
    assert f'{attribute}="/' not in page
    assert f'{attribute}="http' not in page


@behind
@pytest.mark.parametrize("path", ["/site//", "/bff//", "/bff//me"])
def test_a_path_with_two_slashes_is_none_of_ours(server: Server, path: str) -> None:
    """Werkzeug would send it on to one with a single slash, and that may be out of the prefix."""
    assert ask(server, "GET", path, HUB).status_code == 404
