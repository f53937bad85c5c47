"""What is wrong with the form of a JWT, read from left to right. Nothing here needs a key."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

PARTS = ("header", "claims", "signature")
STRINGS = ("iss", "sub", "jti")
DATES = ("iat", "nbf", "exp")


def first_fault(segments: Sequence[str]) -> str:
    """Name the first thing that makes this no JWT; empty if its form is right."""
    if (whole := "".join(segments)) != "".join(whole.split()):
        return "a blank or a line end stands in it: perhaps it was copied along"
    if len(segments) < len(PARTS):
        missing = " and ".join(PARTS[len(segments) :])
        return f"a part is missing: {_count(segments)}, but a JWT has three, and the {missing} would follow"
    if len(segments) == 5:
        return "it has 5 parts: that is an encrypted token (JWE, RFC 7516), which only its key opens"
    if len(segments) > len(PARTS):
        return f"it has {_count(segments)}, but a signed JWT has three (RFC 7515, section 3.1)"
    for name, segment in zip(PARTS, segments, strict=True):
        fault = _not_base64url(segment) or ("" if name == "signature" else _not_an_object(segment))
        if fault:
            return f"the {name}: {fault}"
    header, claims = read(segments[0]), read(segments[1])
    return _header_fault(header) or _claims_fault(claims)


def read(segment: str) -> Any:
    """Return the JSON of a segment; None if there is none."""
    try:
        return json.loads(decode(segment) or b"")
    except (ValueError, RecursionError):
        return None


def decode(segment: str) -> bytes | None:
    """Undo base64url without padding (RFC 7515, section 2); None if it is not that."""
    if _not_base64url(segment):
        return None
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _not_base64url(segment: str) -> str:
    if odd := re.search(r"[^A-Za-z0-9_-]", segment):
        return f"{odd[0]!r} is no character of base64url{_hints.get(odd[0], '')}"
    return "its length cannot be: a character is missing, or one too many" if len(segment) % 4 == 1 else ""


_hints = {
    "=": "; a JWT has no padding",
    "+": ": it would be `-` there",
    "/": ": it would be `_` there",
}


def _not_an_object(segment: str) -> str:
    content = decode(segment) or b""
    if not content:
        return "it is empty"
    try:
        data = json.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        return "what it decodes to is no text, so it is no JSON"
    except (ValueError, RecursionError) as error:
        where = (
            f": {error.msg} at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        )
        return f"what it decodes to is not JSON{where}"
    return "" if isinstance(data, dict) else f"its JSON is {_type(data)}, not an object"


def _header_fault(header: Mapping[str, Any]) -> str:
    if "alg" not in header:
        return "the header: `alg` is missing (RFC 7515, section 4.1.1)"
    return "" if isinstance(header["alg"], str) else f"the header: `alg` is {_type(header['alg'])}, not text"


def _claims_fault(claims: Mapping[str, Any]) -> str:
    """Check the types of the registered claims (RFC 7519, section 4.1)."""
    for name, value in claims.items():
        if name in STRINGS and not isinstance(value, str):
            return f"the claims: `{name}` is {_type(value)}, not text"
        if name in DATES and not is_date(value):
            return f"the claims: `{name}` is {_type(value)}, not a number of seconds since 1970"
        several = value if isinstance(value, list) else [value]
        if name == "aud" and not all(isinstance(one, str) for one in several):
            return "the claims: `aud` is neither text nor a list of texts"
    return ""


def is_date(value: object) -> bool:
    """Tell whether this may be a NumericDate (RFC 7519, section 2)."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _type(value: object) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "null"}
    return names.get(type(value), "a number")


def _count(segments: Sequence[str]) -> str:
    return f"{len(segments)} part{'s' * (len(segments) != 1)}"
