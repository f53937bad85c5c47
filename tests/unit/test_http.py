"""How answers are written."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import create_environ

from labserver.web.endpoint import answer


@pytest.mark.parametrize(("method", "body"), [("GET", b'{"user": "ada"}'), ("HEAD", b"")])
def test_an_answer_is_written_whole_and_to_head_without_its_body(method: str, body: bytes) -> None:
    started: list[tuple[str, dict[str, str]]] = []

    def start(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
        started.append((status, dict(headers)))

    assert b"".join(answer({"user": "ada"})(create_environ(method=method), start)) == body
    assert started == [("200 OK", {"Content-Type": "application/json", "Content-Length": "15"})]
