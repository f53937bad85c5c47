"""How a view declares what it takes and returns: who may ask, which body, which answer, which errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Generic, TypeVar, cast

import fastjsonschema
import flask
from flask import Blueprint, Response
from werkzeug.exceptions import RequestEntityTooLarge

from labserver.errors import BodyTooLarge, InvalidRequest, LabError, UnsupportedMediaType
from labserver.formats.strict_json import loads
from labserver.web.fast import Answer
from labserver.web.schemas import Schema

Errors = tuple[type[LabError], ...]
View = Callable[..., Response]
Who = TypeVar("Who")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class Request(flask.Request):
    """A request whose body is read as the one type that the view takes, and that the client says it is."""

    def is_type(self, wanted: str) -> bool:
        """Tell whether the body is of this type. Another site's page can post text, but not JSON."""
        return self.mimetype == wanted


def answer(data: Any, status: int = 200) -> Response:
    """Make a JSON answer, or an empty one (204) if there is no data."""
    if data is None:
        return Response(status=204)
    return Answer(json.dumps(data), status, content_type=JSON)


@dataclass(frozen=True)
class Authenticator(Generic[Who]):
    """How a view knows who asks: the check, the carrier that it reads, and how it refuses."""

    check: Callable[[], Who]
    scheme: str | None
    errors: Errors
    csrf: bool = False


@dataclass(frozen=True)
class Spec:
    """What a view takes and returns: requests are checked by it, and /openapi.json is written from it.

    Without a `response_schema` the answer is 204. A page refuses in its own words: by `refuse`.
    """

    auth: Authenticator[Any] | None = None
    body: Schema | None = None
    form: bool = False
    response_schema: Schema | None = None
    status: int = 0
    errors: Errors = ()
    refuse: Callable[[LabError], Response] | None = None

    @property
    def success(self) -> int:
        """The status of a good answer."""
        return self.status or (200 if self.response_schema else 204)


def endpoint(blueprint: Blueprint, route: str, **fields: Any) -> Callable[[View], View]:
    """Register a view as `"POST /path"`, with the fields of its Spec.

    First *who are you*: what `auth.check()` returns is the view's first argument. Then the body: its fields,
    checked against `body`, are keyword arguments.
    """
    spec = Spec(**fields)
    auth, body, form, refuse = spec.auth, spec.body, spec.form, spec.refuse
    method, path = route.split(" ")
    check = fastjsonschema.compile(body) if body else None

    def register(view: View) -> View:
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

        called.spec = spec  # type: ignore[attr-defined]
        blueprint.add_url_rule(path, view.__name__, called, methods=[method])
        return called

    return register


def _read_body(schema: Schema | None, check: Callable[[Any], Any] | None, *, form: bool) -> dict[str, Any]:
    request = cast(Request, flask.request)
    data = request.get_data()
    if (data or schema) and not request.is_type(FORM if form else JSON):
        raise UnsupportedMediaType(f"the body is {request.mimetype or 'of no type'}")
    if schema is None or check is None:
        return {}
    try:
        checked = check(_read_form(request) if form else loads(data))
    except fastjsonschema.JsonSchemaValueException as error:
        sentence = error.message.replace("data", "The body", 1) + "."
    except ValueError as error:
        sentence = f"The body is not of the form this server takes: {error}."
    else:
        return {name: checked[name] for name in schema["properties"]}
    raise InvalidRequest(sentence, detail=sentence)


def _read_form(request: Request) -> dict[str, str]:
    """Read a form, in which nothing may stand twice (RFC 6749 section 3.2)."""
    if any(len(values) > 1 for values in request.form.listvalues()):
        raise ValueError("a name stands twice")
    return request.form.to_dict()
