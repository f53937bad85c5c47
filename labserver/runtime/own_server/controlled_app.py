"""The part of the control API, `/lab/*`, that a learner's own server has: clock, signing, what is stored.

It stands in front of the file's app, which never sees these requests. The paths, the key and the shapes are
those of the lab's own server, so that the kit uses both in the same way.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.wrappers import Request, Response

from labserver.runtime.own_server.loading import OwnFile
from labserver.runtime.own_server.watching import Databases, MovedClock, Signer

MOST_MISTAKES = 20
_NO_SWITCH = "Your own server has no such switch: it has clock, sign and state only."


class ControlledApp:
    """The control API in front of the learner's WSGI app."""

    def __init__(
        self,
        app: Callable[..., Any],
        file: OwnFile,
        key: str,
        clock: MovedClock,
        signer: Signer,
        data: Databases,
    ) -> None:
        self._app, self._file, self._key = app, file, key
        self._clock, self._signer, self._data = clock, signer, data
        self._mistakes: list[str] = []
        self._watch_flask()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request to the control API; hand every other one to the app."""
        if not str(environ.get("PATH_INFO", "")).startswith("/lab/"):
            try:
                return self._app(environ, start_response)  # type: ignore[no-any-return]
            except Exception as error:
                self.note(error)
                raise
        request = Request(environ)
        return self._answer(request)(environ, start_response)

    def note(self, error: BaseException) -> None:
        """Remember a mistake of the file, with its line."""
        self._mistakes = [*self._mistakes, self._file.explain(error)][-MOST_MISTAKES:]

    def _watch_flask(self) -> None:
        """Flask answers 500 to an error in a view; a signal says which error that was."""
        from flask import Flask, got_request_exception

        if isinstance(self._app, Flask):
            self._heard = lambda _, exception, **more: self.note(exception)  # kept: a signal holds it weakly
            got_request_exception.connect(self._heard, self._app)

    def _answer(self, request: Request) -> Response:
        if not hmac.compare_digest(request.headers.get("X-Lab-Key", "").encode(), self._key.encode()):
            return _problem(403, "The lab desk opens with the key that only the starter of the server has.")
        body = request.get_json(silent=True) or {}
        match request.method, request.path:
            case "GET", "/lab/state":
                return _json(clock=self._now(), texts=self._data.texts(), mistakes=self._mistakes)
            case "POST", "/lab/clock":
                seconds = max(0.0, float(body.get("advance", 0)))
                self._clock.move(seconds, body.get("hold"))
                return _json(moved=seconds, **self._now())
            case "POST", "/lab/sign":
                return self._sign(str(body.get("header")), str(body.get("payload")))
        return _problem(404, _NO_SWITCH)

    def _now(self) -> dict[str, Any]:
        return {"now": self._clock.time(), "offset": self._clock.offset, "held": bool(self._clock.held)}

    def _sign(self, header: str, payload: str) -> Response:
        try:
            kid = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4))).get("kid")
            signature = self._signer.sign(f"{header}.{payload}", kid)
        except LookupError:
            return _problem(409, f"{self._file.name} has signed nothing yet by jwt.encode.")
        except (ValueError, AttributeError, TypeError) as error:
            return _problem(400, f"This cannot be signed: {error}.")
        return _json(signature=base64.urlsafe_b64encode(signature).decode().rstrip("="))


def _json(**fields: Any) -> Response:
    return Response(json.dumps(fields), mimetype="application/json")


def _problem(status: int, sentence: str) -> Response:
    body = json.dumps({"status": status, "detail": sentence})
    return Response(body, status, mimetype="application/problem+json")
