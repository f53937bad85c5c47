"""A cookie that is weakly protected, by itself or from other sites' pages."""

from __future__ import annotations

from labserver.lab_mode.weaknesses.registry import Weakness
from labserver.web.carriers import Cookie
from labserver.web.csrf import CsrfGuard
from labserver.web.endpoint import Request


class ReadableCookie(Cookie):
    """A cookie that scripts can read."""

    attributes = ""


class NoCsrfCheck(CsrfGuard):
    """A change by cookie is taken from any page."""

    def check(self, credential: str, sent: str | None = None) -> None:
        pass


class FormsOnly(CsrfGuard):
    """A change by JSON is taken from any page: "other sites cannot send JSON". Forms are checked."""

    def check(self, credential: str, sent: str | None = None) -> None:
        if sent is not None:
            super().check(credential, sent)


class AnyType(Request):
    """JSON is read out of a body of any type, and so out of text/plain, which other sites can send."""

    def is_type(self, wanted: str) -> bool:
        return True


WEAKNESSES = (
    Weakness(
        "readable-cookie",
        "The session cookie is not HttpOnly.",
        "script_reads_cookie",
        cookie=ReadableCookie,
    ),
    Weakness("no-csrf", "A change by cookie is taken from any page.", "forged_form", csrf=NoCsrfCheck),
    Weakness(
        "any-content-type",
        "JSON needs no CSRF token, and a body of any type is read as JSON.",
        "forged_json",
        csrf=FormsOnly,
        request=AnyType,
    ),
)
