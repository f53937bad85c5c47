"""How credentials travel, how bodies are read, and how a view says what it takes and gives.

Two independent questions hide in "session or token": what the credential is, and what carries it. This module
is about carriers: a cookie, which the browser sends by itself, and a header, which the client's code has to
add.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar

import fastjsonschema
from flask import Blueprint, Response, request

from labserver import trace
from labserver.errors import (
    CsrfFailed,
    InvalidRequest,
    LabError,
    NoSession,
    NoToken,
    OriginRefused,
    TwoCredentials,
    UnsupportedMediaType,
)
from labserver.strict import b64encode, loads

Schema = dict[str, Any]
Fails = tuple[type[LabError], ...]
Who = TypeVar("Who")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


def answer(data: dict[str, Any] | None, status: int = 200) -> Response:
    """Make a JSON answer, or an empty one (204)."""
    if data is None:
        return Response(status=204)
    return Response(json.dumps(data), status, mimetype="application/json")


class Cookie:
    """Carry a credential in a cookie (RFC 6265bis): HttpOnly, SameSite=Lax; over TLS Secure and `__Host-`."""

    def __init__(self, name: str, *, tls: bool) -> None:
        self.name = f"__Host-{name}" if tls else name
        self._attributes = "; HttpOnly; SameSite=Lax; Path=/" + ("; Secure" if tls else "")

    def read(self) -> str:
        """Give the credential that came. Raises NoSession if none did, TwoCredentials if two did."""
        found = {
            value
            for name, _, value in (
                pair.strip().partition("=") for pair in request.headers.get("Cookie", "").split(";")
            )
            if name == self.name
        }
        if not found:
            raise NoSession("no cookie came")
        if len(found) > 1:
            raise TwoCredentials(f"two different cookies are called {self.name}")
        credential = found.pop()
        brought("cookie", self.name, credential)
        return credential

    def peek(self) -> str | None:
        """Give the credential if exactly one came."""
        try:
            return self.read()
        except LabError:
            return None

    def send(self, response: Response, credential: str, max_age: int) -> Response:
        """Hand the credential over. `max_age` (seconds) is for the browser's tidiness; the server decides."""
        response.headers.add("Set-Cookie", f"{self.name}={credential}; Max-Age={max_age}{self._attributes}")
        return response

    def clear(self, response: Response) -> Response:
        """Ask the client to forget it."""
        response.headers.add("Set-Cookie", f"{self.name}=; Max-Age=0{self._attributes}")
        return response


class Bearer:
    """Carry a credential in the header `Authorization: Bearer` (RFC 6750), and nowhere else."""

    def read(self) -> str:
        """Give the credential that came. Raises NoToken if none did, TwoCredentials if several did."""
        scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise NoToken("no Authorization: Bearer came")
        credential = credential.strip(" ")
        if not credential or "," in credential or " " in credential:
            raise TwoCredentials("Authorization holds not exactly one token")
        if "access_token" in request.args:
            raise TwoCredentials("a token came in the header and another in the address")
        brought("header", "Authorization", credential)
        return credential


def brought(carrier: str, name: str, credential: str) -> None:
    """Note in the trace, by its chip, which credential this request brought."""
    now = trace.current()
    if now is not None:
        now.credential = {"carrier": carrier, "name": name, "chip": trace.chip(credential)}


def csrf_token(credential: str) -> str:
    """Derive a cookie credential's CSRF token: only who can read our answers has it; nothing is stored."""
    return b64encode(hmac.digest(credential.encode(), b"csrf", hashlib.sha256))


def check_csrf(credential: str, sent: str | None = None) -> None:
    """Refuse a change that the browser was tricked into (OWASP ASVS 3.5.1): wrong origin, no CSRF token.

    The token comes in X-CSRF-Token, unless `sent` gives it: a form without script has a hidden field for it.
    """
    check_origin()
    sent = request.headers.get("X-CSRF-Token", "") if sent is None else sent
    with trace.step("csrf.check"):
        if not hmac.compare_digest(sent.encode("utf-8", "replace"), csrf_token(credential).encode()):
            raise CsrfFailed("the CSRF token is missing or another session's")


def check_origin() -> None:
    """Refuse what another origin's page asked for, where the browser says so (Fetch metadata, Origin)."""
    if request.headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
        raise OriginRefused("Sec-Fetch-Site names another site")
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        raise OriginRefused("Origin is not this server's")


def body_schema(**fields: Schema) -> Schema:
    """Describe a JSON object; a field whose schema has a `default` may be left out."""
    required = [name for name, schema in fields.items() if "default" not in schema]
    return {"type": "object", "properties": fields, "required": required}


def text(most: int, least: int = 1, **more: Any) -> Schema:
    """Describe a string by its length in characters."""
    return {"type": "string", "minLength": least, "maxLength": most, **more}


@dataclass(frozen=True)
class By(Generic[Who]):
    """How a view knows who asks: the check, the carrier it reads, and how it refuses."""

    check: Callable[[], Who]
    scheme: str
    fails: Fails
    csrf: bool = False


@dataclass(frozen=True)
class Spec:
    """What a view takes and gives: its page in /openapi.json is written from this."""

    by: By[Any] | None
    body: Schema | None
    form: bool
    gives: Schema | None
    status: int
    fails: Fails
    media: str = "application/json"


def endpoint(
    blueprint: Blueprint,
    route: str,
    *,
    by: By[Any] | None = None,
    body: Schema | None = None,
    form: bool = False,
    gives: Schema | None = None,
    status: int | None = None,
    fails: Fails = (),
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Register a view as `"POST /path"`.

    First *who are you*: what `by.check()` gives is the view's first argument. Then the body: its fields
    arrive as keyword arguments, checked against `body`. `gives` is the answer's JSON schema; without one the
    answer is 204.
    """
    method, path = route.split(" ")
    check = fastjsonschema.compile(body) if body else None

    def register(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def called(**values: Any) -> Response:
            who = (by.check(),) if by else ()
            if method != "GET":
                values |= read_body(body, check, form=form)
            return view(*who, **values)

        told = Spec(by, body, form, gives, status or (200 if gives else 204), fails)
        called.spec = told  # type: ignore[attr-defined]
        blueprint.add_url_rule(path, view.__name__, called, methods=[method])
        return called

    return register


def read_body(schema: Schema | None, check: Callable[[Any], Any] | None, *, form: bool) -> dict[str, Any]:
    """Read the body as the one type that the view takes: another site's page can post text, but not JSON."""
    data = request.get_data()
    if (data or schema) and request.mimetype != (FORM if form else JSON):
        raise UnsupportedMediaType(f"the body is {request.mimetype or 'of no type'}")
    if schema is None or check is None:
        return {}
    try:
        checked = check(_read_form() if form else loads(data))
    except fastjsonschema.JsonSchemaValueException as error:
        sentence = error.message.replace("data", "The body", 1) + "."
    except ValueError as error:
        sentence = f"The body is not of the form this server takes: {error}."
    else:
        return {name: checked[name] for name in schema["properties"]}
    raise InvalidRequest(sentence, detail=sentence)


def _read_form() -> dict[str, str]:
    """Read a form, in which nothing may stand twice (RFC 6749 section 3.2)."""
    if any(len(values) > 1 for values in request.form.listvalues()):
        raise ValueError("a name stands twice")
    return request.form.to_dict()


def one_of(values: Iterable[str]) -> Schema:
    """Describe a choice."""
    return {"type": "string", "enum": list(values)}
