"""/openapi.json: what the server really does, from the specs that check the requests (OpenAPI 3.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from labserver import errors
from labserver.web.endpoint import FORM, JSON, Errors, Spec
from labserver.web.schemas import SCHEMAS, SECONDS, TEXT, ref

SCHEMES = {
    "cookie": {"type": "apiKey", "in": "cookie", "name": "sid"},
    "grid": {"type": "apiKey", "in": "cookie", "name": "grid"},
    "bff": {"type": "apiKey", "in": "cookie", "name": "bff"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "desk": {"type": "apiKey", "in": "header", "name": "X-Lab-Key"},
}
ALWAYS: Errors = (errors.InvalidRequest, errors.InvalidHost, errors.UrlTooLong, errors.HeadersTooLarge)
WITH_BODY: Errors = (errors.BodyTooSlow, errors.BodyTooLarge, errors.UnsupportedMediaType)
RETRY = (errors.TooManyTries.status, errors.StoreDown.status)
CSRF_HEADER = {"name": "X-CSRF-Token", "in": "header", "required": True, "schema": TEXT}


def describe(routes: Iterable[tuple[str, str, str, Spec]], *, tls: bool, version: str) -> dict[str, Any]:
    """Write the document for routes given as (method, path, summary, spec)."""
    paths: dict[str, dict[str, Any]] = {}
    for method, path, summary, spec in sorted(routes, key=lambda route: (route[1], route[0])):
        name = "_".join([method.lower(), *re.findall(r"\w+", path)])
        operation = _operation(method, path, spec) | {"summary": summary, "operationId": name}
        paths.setdefault(re.sub(r"<(\w+)>", r"{\1}", path), {})[method.lower()] = operation
    prefix = "__Host-" if tls else ""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Session & Token Trails",
            "version": version,
            "description": "Session-based and token-based authentication, side by side on one server.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {
            "schemas": SCHEMAS,
            "securitySchemes": {
                name: scheme | {"name": prefix + scheme["name"]} if scheme.get("in") == "cookie" else scheme
                for name, scheme in SCHEMES.items()
            },
        },
    }


def _operation(method: str, path: str, spec: Spec) -> dict[str, Any]:
    """Describe one operation: who may ask, what it takes, and how it answers."""
    operation: dict[str, Any] = {}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
        for name in re.findall(r"<(\w+)>", path)
    ]
    refusals = {*ALWAYS, *(WITH_BODY if method != "GET" else ()), *spec.errors}
    if spec.auth:
        refusals |= {*spec.auth.errors}
        parameters += [CSRF_HEADER] if spec.auth.csrf else []
        if spec.auth.scheme:
            operation["security"] = [{spec.auth.scheme: []}]
    if parameters:
        operation["parameters"] = parameters
    if spec.body:
        content = {FORM if spec.form else JSON: {"schema": spec.body}}
        operation["requestBody"] = {"required": True, "content": content}
    good: dict[str, Any] = {"description": HTTPStatus(spec.success).phrase}
    if spec.response_schema:
        good["content"] = {"text/html" if spec.refuse else JSON: {"schema": spec.response_schema}}
    failures = {
        str(status): _failure(
            status, [each.code for each in refusals if each.status == status], page=spec.refuse is not None
        )
        for status in sorted({each.status for each in refusals})
    }
    return operation | {"responses": {str(spec.success): good} | failures}


def _failure(status: int, codes: list[str], page: bool) -> dict[str, Any]:
    """Describe the refusals of one status. A page says it in its own words, unless it was not even asked."""
    content = {"application/problem+json": {"schema": ref("Problem")}}
    failure: dict[str, Any] = {
        "description": f"{HTTPStatus(status).phrase}: {', '.join(sorted(codes))}",
        "content": content | ({"text/html": {"schema": TEXT}} if page else {}),
    }
    return failure | ({"headers": {"Retry-After": {"schema": SECONDS}}} if status in RETRY else {})
