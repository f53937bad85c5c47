"""A weakness is added in one place: what it is registered with is all that the server needs."""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

import pytest

from labserver.app import create_app, prepare
from labserver.auth.sessions import Sessions
from labserver.lab_mode.weaknesses import WEAKNESSES, Weakness, register
from labserver.settings import Settings

HERE = "http://127.0.0.1"


class SameId(Sessions):
    """Every session has the same id."""

    def new_id(self, before: str | None) -> str:
        return "toy"


@pytest.fixture
def toy() -> Iterator[str]:
    """Register a weakness for one test."""
    register(Weakness("toy", "Everybody's session id is toy.", "toy_attack", sessions=SameId))
    yield "toy"
    del WEAKNESSES["toy"]


def test_a_registered_weakness_makes_a_server_weak(toy: str, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", lab_key="a key", weak=toy)
    users = prepare(settings)
    client = create_app(settings, tidy=False).test_client(use_cookies=False)
    login = {"username": "ada", "password": users["ada"]["password"]}
    answer = client.post("/session/login", json=login, base_url=HERE)
    assert answer.headers["Set-Cookie"].startswith("sid=toy;")
    assert answer.headers["X-Lab-Weak"] == toy
    stolen = client.get("/session/me", base_url=HERE, headers={"Cookie": "sid=toy"})
    assert stolen.get_json()["user"]["username"] == "ada"
    assert "Everybody's session id is toy." in html.unescape(client.get("/", base_url=HERE).text)


def test_a_name_is_registered_once(toy: str) -> None:
    with pytest.raises(ValueError, match="toy"):
        register(Weakness("toy", "Another.", "another_attack"))
    assert WEAKNESSES[toy].attack == "toy_attack"
