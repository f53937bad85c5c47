"""Health: the process, the store, the front page."""

from __future__ import annotations

from tests.contract.clients import Client


def test_the_process_answers(client: Client) -> None:
    assert client.get("/healthz").status_code == 200


def test_the_store_answers(client: Client) -> None:
    assert client.get("/readyz").status_code == 200


def test_there_is_a_front_page(client: Client) -> None:
    answer = client.get("/")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/html")
