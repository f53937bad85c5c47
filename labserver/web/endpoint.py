"""How a view says what it takes and gives: who may ask, which body, which answer, which refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import fastjsonschema
from flask import Blueprint, Flask, Request, Response, request
from flask.sessions import NullSession, SessionInterface, SessionMixin
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.routing import MapAdapter

from labserver.errors import BodyTooLarge, InvalidRequest, LabError, UnsupportedMediaType
from labserver.formats.strict_json import loads

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
from labserver.web.schemas import Schema

Fails = tuple[type[LabError], ...]
Who = TypeVar("Who")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class NoFlaskSession(SessionInterface):
    """Flask's own session, a signed cookie, stays shut: this server keeps sessions of its own."""

    _shut = NullSession()

    def open_session(self, app: Flask, request: Request) -> NullSession:
        return self._shut

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Never called: nobody can write into a NullSession."""


class App(Flask):
    """Flask on one host, which the guards look at: no route depends on what it is called.

    Flask itself puts the host into IDNA twice for each request, in case routes ask for subdomains. That would
    be a fifth of a session request.
    """

    session_interface = NoFlaskSession()

    def create_url_adapter(self, request: Request | None) -> MapAdapter | None:
        if request is None:
            return None
        host, query = request.environ.get("HTTP_HOST", ""), request.environ.get("QUERY_STRING", "")
        here = host, request.root_path, "", request.scheme
        return MapAdapter(self.url_map, *here, request.path, request.method, query)

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Take every function as it is; Flask looks each time whether it is a coroutine, and none is here."""
        return func


class Answer(Response):
    """An answer that is all there: nothing to stream, no range of it, no address to complete."""

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        start_response(self.status, self.headers.to_wsgi_list())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.data]


def answer(data: dict[str, Any] | None, status: int = 200) -> Response:
    """Make a JSON answer, or an empty one (204)."""
    if data is None:
        return Response(status=204)
    return Answer(json.dumps(data), status, content_type="application/json")


@dataclass(frozen=True)
class Authenticator(Generic[Who]):
    """How a view knows who asks: the check, the carrier it reads, and how it refuses."""

    check: Callable[[], Who]
    scheme: str | None
    errors: Fails
    csrf: bool = False


@dataclass(frozen=True)
class Spec:
    """What a view takes and gives: its page in /openapi.json is written from this."""

    auth: Authenticator[Any] | None
    body: Schema | None
    form: bool
    response_schema: Schema | None
    status: int
    errors: Fails
    page: bool


def endpoint(
    blueprint: Blueprint,
    route: str,
    *,
    auth: Authenticator[Any] | None = None,
    body: Schema | None = None,
    form: bool = False,
    response_schema: Schema | None = None,
    status: int | None = None,
    errors: Fails = (),
    refuse: Callable[[LabError], Response] | None = None,
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
            try:
                who = (auth.check(),) if auth else ()
                if method != "GET":
                    values |= _read_body(body, check, form=form)
                return view(*who, **values)
            except (LabError, RequestEntityTooLarge) as error:
                if refuse is None:
                    raise
                return refuse(error if isinstance(error, LabError) else BodyTooLarge(error.name))

        told = Spec(
            auth,
            body,
            form,
            response_schema,
            status or (200 if response_schema else 204),
            errors,
            refuse is not None,
        )
        called.spec = told  # type: ignore[attr-defined]
        blueprint.add_url_rule(path, view.__name__, called, methods=[method])
        return called

    return register


def _read_body(schema: Schema | None, check: Callable[[Any], Any] | None, *, form: bool) -> dict[str, Any]:
    """Read the body as the one type that the view takes: another site's page can post text, but not JSON."""
    data = request.get_data()
    if (data or schema) and not is_type(FORM if form else JSON):
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


def is_type(wanted: str) -> bool:
    """Tell whether the body says that it is of this type."""
    return request.mimetype == wanted


def _read_form() -> dict[str, str]:
    """Read a form, in which nothing may stand twice (RFC 6749 section 3.2)."""
    if any(len(values) > 1 for values in request.form.listvalues()):
        raise ValueError("a name stands twice")
    return request.form.to_dict()
