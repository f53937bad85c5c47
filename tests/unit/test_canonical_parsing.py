"""One spelling, one meaning: JSON and base64url as strangers send them."""

from __future__ import annotations

import base64
import string

import pytest

from labserver.formats.base64url import b64decode, b64encode
from labserver.formats.strict_json import loads

ALPHABET = string.ascii_letters + string.digits + "-_"


@pytest.mark.parametrize("size", range(12))
def test_base64url_goes_there_and_back(size: int) -> None:
    data = bytes(range(250, 250 - size, -1))
    assert b64decode(b64encode(data)) == data
    assert "=" not in b64encode(data)


def test_base64url_has_one_spelling() -> None:
    for first in ALPHABET[:8]:
        for last in ALPHABET:
            text = "AAA" + first + first + last
            data = base64.urlsafe_b64decode(text + "==")
            if b64encode(data) == text:
                assert b64decode(text) == data
            else:
                with pytest.raises(ValueError, match="base64url"):
                    b64decode(text)


@pytest.mark.parametrize(
    "text", ["A", "AAAAA", "AA==", "AA=", "A A", "AA\n", "A+AA", "A/AA", "é", "AAé=", "\udc80", "AB"]
)
def test_base64url_of_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        b64decode(text)


def test_a_plain_object_is_read() -> None:
    assert loads(b' {"a": [1, -2.5e3, true, null, "\\u00e9\\ud83d\\ude00", "\xc3\xa9"], "": {}} ') == {
        "a": [1, -2500.0, True, None, "é😀", "é"],
        "": {},
    }


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{",
        b"{}x",
        b"{} {}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 01}',
        b'{"a": .5}',
        b'{"a": +1}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1e400}',
        b'{"a": -1e400}',
        b'{"a": 1, "a": 2}',
        b'{"a": 1, "\\u0061": 2}',
        b'{"b": {"a": 1, "a": 1}}',
        b'{"a": "\\ud800"}',
        b'{"\\udfff": 1}',
        b'{"a": "\xff"}',
        b'{"a": "\x00"}',
        b'{"a": "\n"}',
        b'\xef\xbb\xbf{"a": 1}',
        '{"a": 1}'.encode("utf-16"),
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"a": ' + b"[" * 8000 + b"]" * 8000 + b"}",
        b'{"a": ' * 8000 + b"1" + b"}" * 8000,
    ],
    ids=lambda data: repr(data[:24]),
)
def test_anything_else_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        loads(data)


TEXT = '{"a": "\u00e9"}'


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (TEXT.encode("utf-8-sig"), "byte-order mark"),
        *((TEXT.encode(code), "UTF-16 or UTF-32") for code in ("utf-16", "utf-16-le", "utf-16-be")),
        *((TEXT.encode(code), "UTF-16 or UTF-32") for code in ("utf-32", "utf-32-le", "utf-32-be")),
        (TEXT.encode("latin-1"), "not valid UTF-8"),
        (TEXT.encode("cp437"), "not valid UTF-8"),
        (b'{"a": "\\ud800"}', "not valid Unicode"),
        (b"{'a': 1}", "Expecting property name"),
        (b"", "Expecting value"),
    ],
)
def test_another_encoding_is_named(data: bytes, named: str) -> None:
    with pytest.raises(ValueError, match=named) as raised:
        loads(data)
    assert type(raised.value) is ValueError
