"""Whatever comes, to every operation: no 5xx, the right 4xx, always a problem and never a stack trace (V1).

And soon: no answer takes 0.1 s, password checks aside. By default each operation gets a fifth of the corpus,
and each document and string goes to a fifth of the operations;
`HOSTILE=all` sends everything everywhere (some minutes).
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import pytest

from tests.conftest import Server, StartServer
from tests.security import heavy, hostile

EVERY = 1 if os.environ.get("HOSTILE") == "all" else 5
SECOND = 25  # logins that get as far as a password check, for each operation: 20 ms each
QUICK, TRIES = 0.1, 25
"""The longest that an answer may take, in seconds; and how often a busy machine may try it again."""

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
PASSWORD = "a pass phrase for one test"
# With the control API's key these would end all credentials, or are slow: they get the corpus without it.
LOCKED = (
    "/lab/reset",
    "/lab/keys/rotate",
    "/lab/keys/retire",
    "/lab/faults",
    "/lab/clock",
    "/lab/restart",
)
BROKEN, WRONG = hostile.broken_documents(), hostile.wrong_documents()
LARGE, STRINGS = hostile.large_documents(), hostile.strings()


class Answer(NamedTuple):
    status: int
    headers: http.client.HTTPMessage
    body: bytes


class RawConnection:
    """One kept connection; every answer over it is held to what all answers promise."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
        self.statuses: Counter[int] = Counter()

    def close(self) -> None:
        self._connection.close()

    def ask(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Answer:
        answer, seconds = self._send(method, path, headers, body)
        self.statuses[answer.status] += 1
        where = (
            f"{method} {path[:100]} {headers} {(body or b'')[:100]!r}: {answer.status} {answer.body[:200]!r}"
        )
        assert answer.status < 500, where
        for _ in range(TRIES):
            if seconds < QUICK:
                break
            seconds = min(seconds, self._send(method, path, headers, body)[1])
        assert seconds < QUICK, f"{seconds:.3f} s: {where}"
        assert b"Traceback" not in answer.body and b'File "' not in answer.body, where
        kind = answer.headers.get("Content-Type", "").split(";")[0]
        if answer.status >= 400:
            pages = (
                ("application/problem+json", "text/html") if _is_page(path) else ("application/problem+json",)
            )
            assert kind in pages, where
        if answer.status >= 400 and kind != "text/html":
            problem = json.loads(answer.body)
            assert problem["status"] == answer.status, where
            assert re.fullmatch(r"[a-z_]+", problem["code"]), where
        return answer

    def _send(
        self, method: str, path: str, headers: dict[str, str], body: bytes | None
    ) -> tuple[Answer, float]:
        """Give the answer, and the seconds that it took without those of a password check."""
        encoded = {name: value.encode() for name, value in headers.items()}
        began = time.perf_counter()
        self._connection.request(method, path, body, encoded)
        came = self._connection.getresponse()
        answer = Answer(came.status, came.headers, came.read())
        seconds = time.perf_counter() - began
        if path == "/bff/login":  # the API checks the password, and its times are in a trace of its own
            return answer, 0.0
        crypto = re.search(r"crypto;dur=([\d.]+)", answer.headers.get("Server-Timing", ""))
        return answer, seconds - (float(crypto[1]) / 1000 if crypto else 0)

    def credentials(self, operation: Operation, name: str) -> dict[str, str]:
        """Make a user of their own, and log in the way that the operation wants."""
        if operation.scheme == "desk":
            return {} if operation.path in LOCKED else {"X-Lab-Key": self.server.ready["lab_key"]}
        if operation.scheme is None:
            return {}
        self.server.control("POST", "/users", username=name, password=PASSWORD)
        flow = {"cookie": "/session", "bearer": "/token", "bff": "/bff"}
        flow["grid"] = operation.path.rpartition("/")[0]
        if operation.path.startswith("/grid/"):
            flow["bearer"] = flow["grid"]
        who = json.dumps({"username": name, "password": PASSWORD}).encode()
        answer = self.ask("POST", f"{flow[operation.scheme]}/login", {"Content-Type": JSON}, who)
        assert answer.status == 200
        body = json.loads(answer.body)
        if operation.scheme == "bearer":
            return {"Authorization": f"Bearer {body['access_token']}"}
        return {"Cookie": answer.headers["Set-Cookie"].split(";")[0], "X-CSRF-Token": body["csrf_token"]}


class Operation(NamedTuple):
    """One operation of /openapi.json: what it takes, and which statuses it says it may answer with."""

    method: str
    path: str
    scheme: str | None
    media: str | None
    fields: list[str]
    statuses: set[int]

    @property
    def is_login(self) -> bool:
        return "password" in self.fields or "current" in self.fields


def _is_page(path: str) -> bool:
    return path.split("?")[0] in ("/", "/bff/") or path.startswith(("/site/", "/app/"))


def operations(document: Any) -> Iterator[Operation]:
    for path, item in document["paths"].items():
        for method, described in item.items():
            content = described.get("requestBody", {}).get("content", {})
            media = next(iter(content), None)
            fields = list(content[media]["schema"]["properties"]) if media else []
            scheme = next(iter(described.get("security", [{}])[0]), None)
            yield Operation(
                method.upper(), path, scheme, media, fields, set(map(int, described["responses"]))
            )


@pytest.fixture
def line(servers: StartServer) -> Iterator[RawConnection]:
    one = RawConnection(servers())
    yield one
    one.close()


@pytest.fixture
def described(line: RawConnection) -> list[Operation]:
    document = json.loads(line.ask("GET", "/openapi.json", {}).body)
    return sorted(operations(document), key=lambda one: one.path.startswith("/lab"))


def turn(corpus: list[Any], number: int) -> list[Any]:
    """Give an operation its share of the corpus."""
    return corpus[number % EVERY :: EVERY]


def test_the_corpus_is_large_and_is_what_it_says() -> None:
    assert len(BROKEN) + len(WRONG) + len(LARGE) >= 300
    assert len(set(STRINGS)) == len(STRINGS) >= 300


def test_documents(line: RawConnection, described: list[Operation]) -> None:
    sent = 0
    for number, operation in enumerate(described):
        path = re.sub(r"{\w+}", "x", operation.path)
        headers = line.credentials(operation, f"reader-{number}") | {"Content-Type": JSON}
        takes = operation.media == JSON and operation.path not in LOCKED
        for body in turn(BROKEN, number) + turn(WRONG, number) + turn(LARGE, number):
            if operation.method in ("GET", "DELETE") and sent % 3:
                sent += 1
                continue  # these read no body: a third of a fifth will do
            sent += 1
            status = line.ask(operation.method, path, headers, body).status
            where = (operation.method, operation.path, body[:80], len(body), status)
            if takes:
                assert status == (413 if len(body) > 16 * 1024 else 400), where
            elif operation.media == FORM:
                assert status in (401, 403, 413, 415), where
            else:
                assert status in operation.statuses | {413, 415}, where
    assert line.statuses[400] > 1000, line.statuses


def test_strings(line: RawConnection, described: list[Operation]) -> None:
    for number, operation in enumerate(described):
        headers = line.credentials(operation, f"writer-{number}")
        for count, text in enumerate(turn(STRINGS, number)):
            way = (number + count) % 3
            path = re.sub(r"{\w+}", quote(text, safe="") or "x", operation.path)
            sent, body = dict(headers), None
            if way == 0 or "{" not in operation.path:
                path += f"?{quote(text, safe='')}={quote(text, safe='')}"
            if way == 1 and operation.media:
                body = filled(operation, text, count)
                sent["Content-Type"] = operation.media
            elif operation.media:
                body, sent["Content-Type"] = b"", operation.media
            if way == 2 and text.isprintable():
                sent = {
                    "Cookie": f"sid={text}; grid={text}",
                    "Authorization": f"Bearer {text}",
                    "X-Lab-Key": text,
                }
                sent |= {"X-CSRF-Token": text, "Origin": text, "Content-Type": text, "Accept": text}
            answer = line.ask(operation.method, path, sent, body)
            allowed = operation.statuses | {404, 415, 414, 431, 413, 308}
            assert answer.status in allowed, (operation.method, path, sent, body, answer)
    assert line.statuses.total() > len(described) * len(STRINGS) / EVERY


def test_V1_the_heaviest_input_takes_no_time(line: RawConnection, described: list[Operation]) -> None:
    """What is large, deep or many-parted within the limits; a loop in a loop over it would take seconds."""
    for media, bodies in ((JSON, heavy.documents()), (FORM, heavy.forms())):
        taking = [one for one in described if one.media == media and one.scheme is None]
        assert len(taking) >= 2
        for operation, body in itertools.product(taking, bodies):
            assert len(body) <= 16 * 1024
            line.ask(operation.method, operation.path, {"Content-Type": media}, body)
    paths = ("/session/me", "/token/me", "/grid/jwt/cookie/me", "/grid/opaque/header/me", "/site/")
    for path, headers in itertools.product(paths, heavy.headers()):
        line.ask("GET", path, headers)
    for path in heavy.addresses():
        line.ask("GET", path, {"Authorization": "Bearer x", "Cookie": "sid=x"})
    assert line.statuses.total() > 400, line.statuses


def filled(operation: Operation, text: str, count: int) -> bytes:
    """Put the text into the body's fields; only the first few logins get as far as Argon2, then one waits."""
    values = dict.fromkeys(operation.fields, text)
    if operation.is_login and "username" in values and count > SECOND:
        values["username"] = "nobody-here"
    return json.dumps(values).encode() if operation.media == JSON else urlencode(values).encode()
