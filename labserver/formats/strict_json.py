"""Strict JSON: a text has one meaning, or it is refused (RFC 8259, and stricter)."""

from __future__ import annotations

import codecs
import json
import math
from typing import Any, NoReturn


def loads(data: bytes) -> dict[str, Any]:
    """Parse a JSON object (RFC 8259, and stricter).

    Raises ValueError, with the reason, unless it is UTF-8 (section 8.1) and an object, without duplicate
    names (section 4), NaN or Infinity (section 6), lone surrogates (section 8.2), numbers of thousands of
    digits, or nesting that is too deep (section 9). What two parsers may read differently, an attacker can
    use.
    """
    try:
        value = _STRICT.decode(data.decode("utf-8"))
        if b"\\u" in data:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError:
        raise ValueError("nested too deeply") from None
    except UnicodeEncodeError:
        raise ValueError("not valid Unicode") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError(_encoding(data) or str(error)) from None
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value


def _encoding(data: bytes) -> str | None:
    """Say what is wrong with the encoding of a JSON text (RFC 8259 section 8.1); None if it is UTF-8."""
    if data.startswith(codecs.BOM_UTF8):
        return "it begins with a byte-order mark"
    if b"\0" in data[:4] or data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "it is in UTF-16 or UTF-32, and not in UTF-8"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "not valid UTF-8"
    return None


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a name stands twice")
    return value


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError("a number is too large")
    return number


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


# Built once: `json.loads` would build one for each text.
_STRICT = json.JSONDecoder(object_pairs_hook=_no_duplicates, parse_constant=_no_constant, parse_float=_finite)
