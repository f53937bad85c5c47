"""Call a web app that the learner wrote: a real server answers each request, and ends with it.

The app is the learner's own Flask app. Cookies are sent and read by hand, so that a scenario can be the
browser, the thief, or both.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from labserver.kit.exercises.serving import App, serve_once

UNWRITTEN = (None, NotImplemented, ...)
"""What an unwritten function returns."""


@dataclass(frozen=True, slots=True)
class SetCookie:
    """One Set-Cookie header, read as a browser reads it (RFC 6265bis, section 5.6)."""

    name: str
    value: str
    attributes: dict[str, str]
    """Names in lower case; the text is empty where there is none."""

    @classmethod
    def read(cls, line: str) -> SetCookie:
        """Read the text of a header."""
        pair, *parts = line.split(";")
        name, equals, value = pair.partition("=")
        if not equals:
            name, value = "", pair
        attributes = {}
        for part in parts:
            key, _, text = part.partition("=")
            attributes[key.strip().lower()] = text.strip()
        return cls(name.strip(), value.strip(), attributes)

    @property
    def accepted(self) -> bool:
        """Whether a browser obeys it: a `__Host-` name needs Secure, Path=/ and no Domain (section 5.7)."""
        ours = self.attributes
        whole = "secure" in ours and ours.get("path") == "/" and not ours.get("domain")
        return whole or not self.name.lower().startswith("__host-")

    @property
    def deletes(self) -> bool:
        """Whether it throws the cookie away: its time is over at once."""
        age = self.attributes.get("max-age", "")
        if re.fullmatch(r"-?\d+", age):
            return int(age) <= 0
        return "1970" in self.attributes.get("expires", "")


@dataclass(frozen=True, slots=True)
class AppAnswer:
    """What the app answered."""

    status: int
    text: str
    headers: tuple[tuple[str, str], ...]
    body: Any
    """The JSON in it, None where there is none."""

    @property
    def ok(self) -> bool:
        """Whether the request got what it asked for."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether the app said no, and did not crash."""
        return 400 <= self.status < 500

    def header(self, name: str) -> str:
        """Return a header's text, empty where it is missing."""
        return next((text for key, text in self.headers if key.lower() == name.lower()), "")

    @property
    def cookies(self) -> list[SetCookie]:
        """The cookies that it sets, in order."""
        return [SetCookie.read(text) for key, text in self.headers if key.lower() == "set-cookie"]


class LearnerApp:
    """The learner's app, and requests to it."""

    def __init__(self, made: Any) -> None:
        """Take what the learner's function returned.

        Raises NotImplementedError if it is nothing, TypeError if it is something else than an app.
        """
        if any(made is nothing for nothing in UNWRITTEN):
            raise NotImplementedError("there is no app yet")
        if not hasattr(made, "test_client"):
            raise TypeError(f"the function returned {type(made).__name__}; it should end with `return app`")
        made.testing = True  # an exception reaches the check, with the learner's own line
        self._app: App = made

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> AppAnswer:
        """Send a request, with JSON if there is a body. Raises what the app raises.

        Raises NotImplementedError where the route is written and returns nothing yet.
        """
        sent = None
        if body is not None:
            sent = json.dumps(body).encode()
            headers = {"Content-Type": "application/json", **headers}
        try:
            got = serve_once(self._app, method, path, headers, sent)
        except TypeError as error:
            if "returned None or ended without" in str(error):
                raise NotImplementedError(f"{method} {path} returns nothing yet") from None
            raise
        text = got.body.decode("utf-8", "replace")
        return AppAnswer(got.status, text, got.headers, _json(text))


def _json(text: str) -> Any:
    """Read JSON; None if it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return None
