"""The server's description of itself: valid and complete; and true, for every exchange here is held to it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import openapi_spec_validator
import pytest

from labserver.app import create_app, prepare
from labserver.settings import Settings
from tests.contract.clients import Client

METHODS = {"get", "post", "put", "patch", "delete"}
CONTRACT = """
    POST /session/login            POST /token/login
    GET /session/me                GET /token/me
    GET /session/admin             GET /token/admin
    POST /session/email            POST /token/email
    GET /session/cart              POST /session/cart
    POST /token/refresh
    POST /session/logout           POST /token/logout
    POST /session/logout-all       POST /token/logout-all
    GET /session/sessions          GET /token/families
    DELETE /session/sessions/{}    DELETE /token/families/{}
    POST /session/password         POST /token/password
    POST /token/revoke             GET /.well-known/jwks.json
    POST /bff/login                GET /bff/me
    GET /bff/session               POST /bff/email
    POST /bff/logout
    GET /healthz                   GET /readyz
    GET /openapi.json
    GET /lab/state                 GET /lab/trace/{}
    POST /lab/clock                POST /lab/reset
    POST /lab/users                POST /lab/faults
    POST /lab/keys/rotate          POST /lab/keys/retire
    POST /lab/sign                 POST /lab/tidy
    GET /lab/control/{}
    POST /lab/ticket               POST /lab/stage
    POST /lab/copy                 POST /lab/thief
    POST /lab/restart
"""
PAGES = {"GET /", "GET /app/", "GET /bff/", "GET /site/"} | {
    f"POST /site/{form}" for form in ("login", "email", "cart", "device", "logout")
}
GRID = {
    f"{method} /grid/{what}/{how}/{page}"
    for what in ("opaque", "jwt")
    for how in ("cookie", "header")
    for method, page in (("POST", "login"), ("GET", "me"), ("POST", "email"), ("POST", "logout"))
}


@pytest.fixture
def document(client: Client) -> Any:
    return client.get("/openapi.json").json()


def operations(document: Any) -> set[str]:
    """List what is described, as `GET /path/{}`."""
    return {
        f"{method.upper()} {re.sub(r'{[^}]*}', '{}', path)}"
        for path, item in document["paths"].items()
        for method in METHODS & set(item)
    }


def unfold(operation: str) -> set[str]:
    """Spell `/grid/{}/{}/me` out as the grid's four cells; anything else stays itself."""
    if "/grid/{}/{}/" not in operation:
        return {operation}
    return {
        operation.replace("{}/{}", f"{what}/{how}")
        for what in ("opaque", "jwt")
        for how in ("cookie", "header")
    }


def test_it_is_valid_openapi(document: Any) -> None:
    assert document["openapi"].startswith("3.1")
    openapi_spec_validator.validate(document)


def test_everything_in_the_contract_is_described(document: Any) -> None:
    promised = set(re.findall(r"[A-Z]+ \S+", CONTRACT)) | GRID
    described = {one for operation in operations(document) for one in unfold(operation)}
    assert promised - described == set()
    assert described - promised - PAGES == set(), "described, but not in the contract"


@pytest.mark.parametrize("lab_key", ["key", None], ids=["lab mode", "normal mode"])
def test_every_route_is_described_and_the_other_way_round(tmp_path: Path, lab_key: str | None) -> None:
    settings = Settings(home=tmp_path, lab_key=lab_key)
    prepare(settings)
    flask_app = create_app(settings)
    routes = {
        f"{method} {re.sub(r'<[^>]*>', '{}', rule.rule)}"
        for rule in flask_app.url_map.iter_rules()
        if not rule.endpoint.endswith("static")  # files, not operations
        and rule.endpoint.split(".")[0] != "comments"  # a lesson's place for markup, which no program calls
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    answer = flask_app.test_client().get("/openapi.json", headers={"Host": "127.0.0.1"})
    assert {one for operation in operations(answer.json) for one in unfold(operation)} == {
        one for route in routes for one in unfold(route)
    }


def test_every_operation_says_what_it_is_and_how_it_fails(document: Any) -> None:
    for path, item in document["paths"].items():
        for method in METHODS & set(item):
            operation = item[method]
            assert operation["summary"], f"{method} {path}"
            assert operation["responses"], f"{method} {path}"
    ids = [
        item[method].get("operationId")
        for item in document["paths"].values()
        for method in METHODS & set(item)
    ]
    assert None in ids or len(ids) == len(set(ids))
