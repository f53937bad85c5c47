"""What every answer promises, whatever was asked: checked on each exchange of the contract tests."""

from __future__ import annotations

import re
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlsplit

import requests
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

SPANS = ("auth", "store", "crypto", "total")


def check_headers(answer: requests.Response) -> None:
    """Hold an answer to the headers that all of them carry in lab mode."""
    headers = answer.headers
    assert "no-store" in headers["Cache-Control"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"]
    assert "Strict-Transport-Security" not in headers, "it would break the learner's other local servers"
    assert headers["Server"] == "-", "no software is named"
    assert re.fullmatch(r"[0-9a-f]{16}", headers["X-Trace-Id"])
    timings = dict(part.strip().split(";dur=") for part in headers["Server-Timing"].split(","))
    assert tuple(timings) == SPANS
    assert all(float(milliseconds) >= 0 for milliseconds in timings.values())


def check_problem(answer: requests.Response) -> None:
    """Hold an error to RFC 9457: its media type, its members, its status twice and equal."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    if answer.request.method == "HEAD":
        return
    body = answer.json()
    assert body["type"] == "about:blank"
    assert body["title"] == HTTPStatus(answer.status_code).phrase
    assert body["status"] == answer.status_code
    assert body["detail"], "an error says in a sentence what to do"
    assert re.fullmatch(r"[a-z_]+", body["code"])
    assert set(body) - {"error"} == {"type", "title", "status", "detail", "code"}


class Description:
    """The server's own OpenAPI document, and the question whether an answer is as described there."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.paths: dict[str, Any] = document["paths"]
        self.document = document
        self._registry: Registry[Any] = Registry().with_resource(
            "urn:openapi", Resource.from_contents(document, default_specification=DRAFT202012)
        )
        self._patterns = {
            path: re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))) for path in self.paths
        }
        self._validator = cache(self._make_validator)

    def check(self, answer: requests.Response) -> None:
        """Find the operation behind an answer and hold status, media type and body to its description."""
        method = str(answer.request.method).lower()
        path = self._path_of(urlsplit(str(answer.request.url)).path)
        if path is None or method not in self.paths[path]:
            assert answer.status_code >= 400 or method in ("head", "options"), (
                f"{method} {path} is undescribed"
            )
            return
        responses = self.paths[path][method]["responses"]
        status = str(answer.status_code)
        assert status in responses, f"{method} {path}: {status} is undescribed"
        content = self._resolve(responses[status]).get("content", {})
        if not content:
            assert answer.content == b"", f"{method} {path} {status}: a body where none is described"
            return
        kind = answer.headers["Content-Type"].split(";")[0]
        assert kind in content, f"{method} {path} {status}: {kind} is undescribed"
        if kind.endswith("json"):
            self._validator(path, method, status, kind).validate(answer.json())

    def _path_of(self, path: str) -> str | None:
        if path in self.paths:
            return path
        return next((known for known, pattern in self._patterns.items() if pattern.fullmatch(path)), None)

    def _resolve(self, part: dict[str, Any]) -> dict[str, Any]:
        found: Any = part
        if "$ref" in part:
            found = self.document
            for name in part["$ref"].removeprefix("#/").split("/"):
                found = found[name]
        return dict(found)

    def _make_validator(self, path: str, method: str, status: str, kind: str) -> Any:
        response = self.document["paths"][path][method]["responses"][status]
        pointer = response.get("$ref") or "#/" + "/".join(
            name.replace("/", "~1") for name in ("paths", path, method, "responses", status)
        )
        schema = f"urn:openapi{pointer}/content/{kind.replace('/', '~1')}/schema"
        return Draft202012Validator({"$ref": quote(schema, safe=":#/~+")}, registry=self._registry)
