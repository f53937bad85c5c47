"""Where a browser finds the pages of a lab: on this machine, and behind a hub."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
import requests

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.links import HUB_PREFIX, OUTSIDE, PUBLIC_URL, Link, address_of, proxy_options

pytestmark = pytest.mark.usefixtures("quick_passwords")

HUB = {HUB_PREFIX: "/user/ada/"}


def test_on_this_machine_the_address_is_the_servers() -> None:
    assert (
        address_of("http://127.0.0.1:8000", "/app/", proxied=True, environment={})
        == "http://127.0.0.1:8000/app/"
    )
    assert proxy_options({}) == []


def test_on_a_hub_it_goes_by_the_users_proxy() -> None:
    address = address_of("http://127.0.0.1:8000", "/app/", proxied=True, environment=HUB)
    assert address == "/user/ada/proxy/8000/app/"


def test_a_weak_server_has_no_link_on_a_hub() -> None:
    with pytest.raises(KitError, match="share its origin"):
        address_of("http://127.0.0.1:8000", "/", proxied=False, environment=HUB)


def test_the_server_on_a_hub_knows_the_hubs_name() -> None:
    named = HUB | {PUBLIC_URL: "https://hub.example:8443/user/ada/"}
    assert proxy_options(named) == ["--behind-proxy", "--host-name", "hub.example"]
    assert proxy_options(HUB) == ["--behind-proxy", "--host-name", "*"]


def test_a_jupyterlab_on_another_computer_can_be_named() -> None:
    elsewhere = {OUTSIDE: "http://bigbox.example:8888/"}
    address = address_of("http://127.0.0.1:8000", "/app/", proxied=True, environment=elsewhere)
    assert address == "/proxy/8000/app/"
    assert proxy_options(elsewhere) == ["--behind-proxy", "--host-name", "bigbox.example"]


@pytest.mark.parametrize(
    "written", ["bigbox.example", "bigbox.example:8888", "//bigbox.example:8888/", "HTTPS://BigBox.example/"]
)
def test_the_scheme_of_another_computer_may_be_missing(written: str) -> None:
    """Else its name would be taken for a path or a scheme, and the server would answer to every name."""
    elsewhere = {OUTSIDE: f"{written}/user/ada" if written[-1] != "/" else f"{written}user/ada"}
    assert proxy_options(elsewhere) == ["--behind-proxy", "--host-name", "bigbox.example"]
    assert address_of("http://127.0.0.1:8000", "/app/", proxied=True, environment=elsewhere) == (
        "/user/ada/proxy/8000/app/"
    )


@pytest.mark.parametrize("written", ["/user/ada/", "http:///user/ada/", "http://[::1/", "http://:8888/"])
def test_another_computer_without_a_name_is_refused(written: str) -> None:
    for ask in (proxy_options, lambda there: address_of("http://x:1", "/", proxied=True, environment=there)):
        with pytest.raises(KitError, match="names no host"):
            ask({OUTSIDE: written})


def test_a_link_shows_no_ticket_but_has_it() -> None:
    link = Link('http://127.0.0.1:8000/"#desk=secret')
    assert repr(link).endswith("#desk=secret")
    html = link._repr_html_()
    assert "#desk=secret&#34;" not in html and 'href="http://127.0.0.1:8000/&#34;#desk=secret"' in html
    assert html.count("secret") == 1


def test_the_link_to_the_stage_opens_the_control_api_once() -> None:
    with Lab.start(hosts=["shop.example"]) as lab:
        link = lab.link()
        assert urlsplit(link.url)._replace(fragment="").geturl() == f"{lab.url}/"
        ticket = urlsplit(link.url).fragment.removeprefix("desk=")
        page = lab.client()
        answers = [page.post("/lab/stage", json={"ticket": ticket}).status_code for _ in range(2)]
        assert answers == [200, 403]
        assert lab.link("/app/").url == f"{lab.url}/app/"
        other = requests.Request("GET", f"{lab.url}/healthz", headers={"Host": "shop.example"})
        assert page.send(page.prepare_request(other)).status_code == 200


def test_on_a_hub_the_whole_way_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(HUB_PREFIX, "/user/ada/")
    with Lab.start() as lab, lab.client() as page:
        port = lab.url.rpartition(":")[2]
        assert lab.link("/site/").url == f"/user/ada/proxy/{port}/site/"
        hub = {
            "Host": "hub.example",
            "Origin": "https://hub.example",
            "X-Forwarded-Prefix": f"/user/ada/proxy/{port}",
        }
        answer = page.post("/session/login", json=lab.login("ada"), headers=hub)
        assert f"Path=/user/ada/proxy/{port}/" in answer.headers["Set-Cookie"]
    with Lab.start(weak="no-csrf") as lab, pytest.raises(KitError):
        lab.link()


def test_open_needs_no_desktop(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with Lab.start() as lab:
        monkeypatch.setattr("sys.platform", "linux")
        assert lab.open("/app/").url == f"{lab.url}/app/"
        assert opened == []
        monkeypatch.setenv("DISPLAY", ":0")
        lab.open("/app/")
        assert opened == [f"{lab.url}/app/"]
