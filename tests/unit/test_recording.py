"""Every request of a lab's server is recorded, from its beginning to its end and no further."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from labserver.app import create_app, prepare
from labserver.settings import Settings
from labserver.tracing import trace

pytestmark = pytest.mark.usefixtures("quick_passwords")

HERE = "http://127.0.0.1"


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    settings = Settings(home=tmp_path / "home", lab_key="a key")
    prepare(settings)
    return create_app(settings).test_client()


def test_a_start_clears_away_the_traces_of_an_earlier_one(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", lab_key="a key")
    for _ in range(3):
        prepare(settings)
        create_app(settings, workers=2)
    assert len(list((tmp_path / "home" / "traces").iterdir())) == 1


def test_a_worker_that_is_alone_writes_no_trace_down(client: FlaskClient, tmp_path: Path) -> None:
    recorded(client, "/session/me")
    assert not (tmp_path / "home" / "traces").exists()


def recorded(client: FlaskClient, path: str) -> dict[str, Any]:
    name = client.get(path, base_url=HERE).headers["X-Trace-Id"]
    record: dict[str, Any] = client.get(
        f"/lab/trace/{name}", base_url=HERE, headers={"X-Lab-Key": "a key"}
    ).get_json()
    return record


@pytest.mark.parametrize(
    ("path", "flow"),
    [
        ("/session/me", "session"),
        ("/token/me", "token"),
        ("/grid/jwt/cookie/me", "grid/jwt/cookie"),
        ("/healthz", "other"),
        ("/", "other"),
        ("/session/façade/☂", "session"),
    ],
)
def test_it_names_path_and_flow(client: FlaskClient, path: str, flow: str) -> None:
    record = recorded(client, path)
    assert (record["method"], record["path"], record["flow"]) == ("GET", path, flow)


def test_events_lie_within_the_request(client: FlaskClient) -> None:
    record = recorded(client, "/session/me")
    assert record["events"]
    for event in record["events"]:
        assert 0 < event["at"] <= event["at"] + event["us"] <= record["spans"]["total"]


def test_nothing_is_recorded_after_the_end(client: FlaskClient) -> None:
    recorded(client, "/session/me")
    assert trace.current() is None
