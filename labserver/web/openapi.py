"""/openapi.json: what the server really does, from the specs that check the requests (OpenAPI 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from labserver.errors import (
    BodyTooLarge,
    BodyTooSlow,
    HeadersTooLarge,
    InvalidHost,
    InvalidRequest,
    LabError,
    StoreDown,
    TooManyTries,
    UnsupportedMediaType,
    UrlTooLong,
)
from labserver.web.schemas import SCHEMAS, SECONDS, TEXT, ref

SCHEMES = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "grid": {"type": "apiKey", "in": "cookie", "name": "grid"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "desk": {"type": "apiKey", "in": "header", "name": "X-Lab-Key"},
}
ALWAYS = (InvalidRequest, InvalidHost, UrlTooLong, HeadersTooLarge)
WITH_BODY = (BodyTooSlow, BodyTooLarge, UnsupportedMediaType)
CSRF_HEADER = {"name": "X-CSRF-Token", "in": "header", "required": True, "schema": TEXT}


def describe(routes: Iterable[tuple[str, str, str, Any]], *, tls: bool, version: str) -> dict[str, Any]:
    """Write the document for routes given as (method, path, summary, spec)."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path, summary, spec in sorted(routes, key=lambda route: (route[1], route[0])):
        parameters = [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
            for name in re.findall(r"<(\w+)>", path)
        ]
        operation = _operation(method, spec, parameters) | {
            "summary": summary,
            "operationId": _name(method, path),
        }
        paths.setdefault(re.sub(r"<(\w+)>", r"{\1}", path), {})[method.lower()] = operation
    schemes = {name: dict(scheme) for name, scheme in SCHEMES.items()}
    if tls:
        for name in ("cookie", "grid"):
            schemes[name]["name"] = f"__Host-{schemes[name]['name']}"
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Session & Token Trails",
            "version": version,
            "description": "Session-based and token-based authentication, side by side on one server.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {"schemas": SCHEMAS, "securitySchemes": schemes},
    }


def _operation(method: str, spec: Any, parameters: list[dict[str, Any]]) -> dict[str, Any]:
    errors: list[type[LabError]] = [*(WITH_BODY if method != "GET" else ()), *spec.errors]
    operation: dict[str, Any] = {}
    if spec.auth:
        errors += spec.auth.errors
        if spec.auth.scheme:
            operation["security"] = [{spec.auth.scheme: []}]
        if spec.auth.csrf:
            parameters = [*parameters, CSRF_HEADER]
    if parameters:
        operation["parameters"] = parameters
    if spec.body:
        kind = "application/x-www-form-urlencoded" if spec.form else "application/json"
        operation["requestBody"] = {"required": True, "content": {kind: {"schema": spec.body}}}
    operation["responses"] = {str(spec.status): _success(spec), **_failures(errors, spec.page)}
    return operation


def _success(spec: Any) -> dict[str, Any]:
    good: dict[str, Any] = {"description": HTTPStatus(spec.status).phrase}
    if spec.response_schema:
        good["content"] = {"text/html" if spec.page else "application/json": {"schema": spec.response_schema}}
    return good


def _failures(errors: list[type[LabError]], page: bool) -> dict[str, Any]:
    """Describe the refusals: a page refuses in its own words, but what is refused before it is a problem."""
    answers: dict[str, Any] = {}
    every: set[type[LabError]] = {*ALWAYS, *errors}
    for fail in sorted(every, key=lambda fail: (fail.status, fail.code)):
        answer = answers.setdefault(str(fail.status), {"codes": [], "content": {}})
        answer["codes"].append(fail.code)
        answer["content"]["application/problem+json"] = {"schema": ref("Problem")}
        if page:
            answer["content"]["text/html"] = {"schema": TEXT}
        if fail.status in (TooManyTries.status, StoreDown.status):
            answer["headers"] = {"Retry-After": {"schema": SECONDS}}
    for status, answer in answers.items():
        answer["description"] = f"{HTTPStatus(int(status)).phrase}: {', '.join(answer.pop('codes'))}"
    return answers


def _name(method: str, path: str) -> str:
    return "_".join([method.lower(), *re.findall(r"\w+", path)])
