"""Input that makes the most work: large, deep or of many parts, and within the server's limits."""

from __future__ import annotations

import base64
import json

from tests.security.hostile import FIELDS, all_fields

BODY, HEADER, ADDRESS = 16_000, 15_000, 1_900
"""A little less than the limits, in bytes."""


def fill(part: str, size: int) -> str:
    """Repeat a text as often as there is room."""
    return part * (size // len(part))


def documents() -> list[bytes]:
    """List JSON bodies."""
    bodies = [fill("[", BODY), fill('{"": ', BODY), "[" * 8_000 + "]" * 8_000]
    bodies += ['{"a":' * 2_700 + "1" + "}" * 2_700, json.dumps({f"{number}": 1 for number in range(1_500)})]
    bodies += ["{" + fill('"a": 1, ', BODY) + '"a": 1}']
    bodies += ['{"username": [' + fill(one, BODY) + "0]}" for one in ("1,", "[],", "1e1,", '"",')]
    bodies += ['{"username": ' + head + "9" * BODY + "}" for head in ("", "-", "0.", "1e", "1e-")]
    inside = ("\\ud800", "\\u0041", "\\\\", '\\"', "a.", "@", "a@", " ", "-", "İ")
    texts = [fill(one, BODY // len(FIELDS) // 2) for one in inside]
    return [body.encode() for body in bodies] + [all_fields(f'"{text}"') for text in texts]


def forms() -> list[bytes]:
    """List the bodies of forms."""
    parts = ("a&", "a=b&", "=&", "%41", "%zz", "+", "%F0%9F%92%A9", ";", "a[]=&", "%26%3D")
    return [(name + fill(part, BODY)).encode() for part in parts for name in ("", "token=", "username=")]


def headers() -> list[dict[str, str]]:
    """List headers that somebody here, or in the libraries below, reads."""
    parts = ("a", "a.", ".", ",", " ", "=", "a=b;", ";", "a,", '"', '\\"', "/", "%", ":", "a@", "Bearer ")
    begin = {"Authorization": "Bearer ", "Cookie": "sid=", "Content-Type": "application/json;"}
    begin |= dict.fromkeys(("Accept", "Origin", "X-CSRF-Token", "Range", "If-None-Match"), "")
    found = [{name: head + fill(part, HEADER)} for name, head in begin.items() for part in parts]
    for text in (
        "[" * 5_900,
        '{"a":' * 1_180,
        '{"a":' + "9" * 5_800 + "}",
        '{"a":"' + "\\ud800" * 950 + '"}',
    ):
        segment = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
        found.append({"Authorization": f"Bearer {segment}.e30.e30"})
    found.append({"Cookie": "".join(f"sid={number};" for number in range(1_500))})
    found.append({f"X-{number}": "a" for number in range(80)})
    return found


def addresses() -> list[str]:
    """List paths and queries."""
    parts = ("a", "/", "../", "%2f", "%41", "a/", ".", "%", ";", "-")
    queries = ("a&", "a=b&", "=", "%41", "+", "access_token=&")
    found = [head + fill(part, ADDRESS) for part in parts for head in ("/", "/session/sessions/")]
    return found + [head + fill(part, ADDRESS) for part in queries for head in ("/token/me?", "/site/?")]
