"""Tables that cells fill, and a token taken apart."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from labserver.kit.display.anatomy import Anatomy
from labserver.kit.display.fingerprint import fingerprint_of
from labserver.kit.lab import Lab
from tests.kit.recorded import ACCESS, CSRF, REFRESH, SECRETS, SID


def segment(data: Any) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


TOKEN = (
    f"{segment({'alg': 'HS256', 'kid': 'k1'})}.{segment({'sub': 'ada', 'role': 'user'})}.{segment(bytes(32))}"
)


def test_a_table_lines_up_and_numbers_stand_to_the_right() -> None:
    table = Lab.table("One read", ["", "session", "token"], [["store reads", 1, 0], ["bytes", 57, 312]])
    assert repr(table).splitlines() == [
        "One read",
        "             session  token",
        "store reads        1      0",
        "bytes             57    312",
    ]
    html = table._repr_html_()
    assert '<th scope="col"><span class="chip s">session</span></th>' in html
    assert '<th scope="row" class="l">bytes</th><td>57</td><td>312</td>' in html
    assert "<caption>One read</caption>" in html


def test_a_measured_number_does_not_part_from_its_unit() -> None:
    html = Lab.table(
        "Measured", ["what", "time"], [["a check", "≈ 558 µs"], ["a limit", "900 s"]]
    )._repr_html_()
    assert '<td class="l now">≈ 558 µs</td>' in html and '<td class="l">900 s</td>' in html


def test_cells_may_be_yes_no_nothing_and_chips() -> None:
    table = Lab.table("Kinds", ["a", "b", "c", "d"], [[True, False, None, Lab.chip(SID)]])
    assert repr(table).splitlines()[-1] == f"yes  no  –  ● {fingerprint_of(SID)}"
    assert (
        f'<td class="l"><span class="chip s" title="session id">● {fingerprint_of(SID)}</span></td>'
        in table._repr_html_()
    )


def test_a_table_is_escaped_and_its_shape_is_checked() -> None:
    table = Lab.table("<b>", ["<i>"], [["<script>\ue000aAAAAAA\ue001"]])
    assert not [tag for tag in ("<b>", "<i>", "<script", "chip t") if tag in table._repr_html_()]
    assert repr(Lab.table("Nothing yet", ["a"], [])) == "Nothing yet"
    with pytest.raises(ValueError, match="the head has 1 cells, but a row has 2"):
        Lab.table("t", ["a"], [[1, 2]])


def test_a_chip_knows_a_credential_by_its_shape() -> None:
    chips = [Lab.chip(credential) for credential in (SID, ACCESS, REFRESH)]
    assert [str(each)[0] for each in chips] == ["●", "◆", "▲"]
    assert str(Lab.chip(CSRF, "csrf")) == f"■ {fingerprint_of(CSRF)}"
    assert Lab.chip(SID) == Lab.chip(SID) != Lab.chip(ACCESS)
    assert not [secret for secret in SECRETS for each in chips if secret in repr(each) + each._repr_html_()]


def test_a_token_is_taken_apart_without_being_shown() -> None:
    anatomy = Anatomy(TOKEN)
    assert anatomy.header == {"alg": "HS256", "kid": "k1"}
    assert anatomy.claims == {"sub": "ada", "role": "user"}
    header, claims, signature = TOKEN.split(".")
    assert repr(anatomy).splitlines() == [
        f"◆ {fingerprint_of(TOKEN)}: {len(TOKEN)} characters",
        f'header       {len(header)} characters  {{"alg": "HS256", "kid": "k1"}}',
        f'claims       {len(claims)} characters  {{"sub": "ada", "role": "user"}}',
        f"signature    {len(signature)} characters  32 bytes; only a check tells whether the key made them",
    ]
    for form in (repr(anatomy), anatomy._repr_html_()):
        assert not [part for part in (header, claims, signature) if part in form]
    assert anatomy._repr_html_().count('scope="row"') == 3


def test_odd_tokens_are_taken_apart_as_far_as_they_go() -> None:
    odd = Anatomy(f"{segment(b'<script>')}.{segment([1])}.")
    assert odd.header is None
    assert "not JSON" in repr(odd)
    assert "signature     0 characters  nothing" in repr(odd)
    assert "<script" not in odd._repr_html_()
    assert "<script" not in Anatomy(f"{segment({'a': '<script>'})}.e30.AA")._repr_html_()


HEADER, CLAIMS, SIGNATURE = TOKEN.split(".")
FAULTS = [
    ("", "a part is missing: 1 part, but a JWT has three, and the claims and signature would follow"),
    (f"{HEADER}.{CLAIMS}", "a part is missing: 2 parts, but a JWT has three, and the signature would follow"),
    (f"{TOKEN}.AA", "it has 4 parts, but a signed JWT has three (RFC 7515, section 3.1)"),
    (
        f"{TOKEN}.AA.AA",
        "it has 5 parts: that is an encrypted token (JWE, RFC 7516), which only its key opens",
    ),
    (f"Bearer {TOKEN}", "a blank or a line end stands in it: perhaps it was copied along"),
    (f"{TOKEN}\n", "a blank or a line end stands in it: perhaps it was copied along"),
    (f"{HEADER}=.{CLAIMS}.AA", "the header: '=' is no character of base64url; a JWT has no padding"),
    (f"{HEADER}.{CLAIMS}.A+AA", "the signature: '+' is no character of base64url: it would be `-` there"),
    (f"{HEADER}.abcde.AA", "the claims: its length cannot be: a character is missing, or one too many"),
    (f".{CLAIMS}.AA", "the header: it is empty"),
    (
        f"{HEADER}.{segment(bytes([255, 254]))}.AA",
        "the claims: what it decodes to is no text, so it is no JSON",
    ),
    (
        f"{HEADER}.{segment(b'{sub: 1}')}.AA",
        "the claims: what it decodes to is not JSON: "
        "Expecting property name enclosed in double quotes at character 2",
    ),
    (f"{HEADER}.{segment([1])}.AA", "the claims: its JSON is a list, not an object"),
    (f"{segment({'kid': 'k1'})}.{CLAIMS}.AA", "the header: `alg` is missing (RFC 7515, section 4.1.1)"),
    (f"{segment({'alg': None})}.{CLAIMS}.AA", "the header: `alg` is null, not text"),
    (f"{HEADER}.{segment({'sub': 7})}.AA", "the claims: `sub` is a number, not text"),
    (f"{HEADER}.{segment({'aud': ['a', 1]})}.AA", "the claims: `aud` is neither text nor a list of texts"),
    (
        f"{HEADER}.{segment({'exp': '1700000000'})}.AA",
        "the claims: `exp` is text, not a number of seconds since 1970",
    ),
    (
        f"{HEADER}.{segment({'iat': True})}.AA",
        "the claims: `iat` is true or false, not a number of seconds since 1970",
    ),
]


@pytest.mark.parametrize(("token", "fault"), FAULTS)
def test_the_first_fault_of_a_broken_token_is_named(token: str, fault: str) -> None:
    anatomy = Anatomy(token)
    assert anatomy.fault == fault
    assert repr(anatomy).endswith(f"\nfault      {fault}")
    assert "The first fault:" in anatomy._repr_html_()


@pytest.mark.parametrize(
    ("token", "header", "claims"),
    [
        (HEADER, {"alg": "HS256", "kid": "k1"}, None),
        (f"!.{CLAIMS}", None, {"sub": "ada", "role": "user"}),
        (f"{HEADER}.{CLAIMS}.a!.b", {"alg": "HS256", "kid": "k1"}, {"sub": "ada", "role": "user"}),
        ("..", None, None),
    ],
)
def test_of_a_broken_token_as_much_is_read_as_can_be(token: str, header: Any, claims: Any) -> None:
    anatomy = Anatomy(token)
    assert (anatomy.header, anatomy.claims) == (header, claims)
    assert anatomy.fault
    assert HEADER not in repr(anatomy) + anatomy._repr_html_()


@pytest.mark.parametrize("signature", [SIGNATURE, ""], ids=["signed", "not signed"])
@pytest.mark.parametrize("aud", ["lab", ["lab", "other"]])
def test_a_token_of_the_right_form_has_no_fault(aud: Any, signature: str) -> None:
    claims = {"iss": "lab", "sub": "ada", "aud": aud, "iat": 1700000000, "exp": 1700000900.5}
    anatomy = Anatomy(f"{HEADER}.{segment(claims)}.{signature}")
    assert anatomy.fault == "" and "fault" not in repr(anatomy) + anatomy._repr_html_()


@pytest.mark.parametrize(
    ("claims", "dates"),
    [
        (
            {"iat": 1700000000, "exp": 1700000900},
            {
                "iat": "issued 2023-11-14 22:13:20 UTC",
                "exp": "expires 2023-11-14 22:28:20 UTC, 15 min after iat",
            },
        ),
        ({"exp": 0}, {"exp": "expires 1970-01-01 00:00:00 UTC"}),
        ({"iat": 90, "nbf": 0}, {"iat": "issued 1970-01-01 00:01:30 UTC",
                                  "nbf": "not before 1970-01-01 00:00:00 UTC, 90 s before iat"}),
        ({"iat": 0, "nbf": 0}, {"iat": "issued 1970-01-01 00:00:00 UTC",
                                 "nbf": "not before 1970-01-01 00:00:00 UTC, at the same time as iat"}),
        ({"exp": 1e300}, {"exp": "expires outside of any calendar"}),
        ({"exp": "soon"}, {}),
    ],
)  # fmt: skip
def test_dates_are_said_in_words(claims: Any, dates: dict[str, str]) -> None:
    anatomy = Anatomy(f"{HEADER}.{segment(claims)}.AA")
    assert anatomy.dates == dates
    assert all(f"{name}: {text}" in repr(anatomy) for name, text in dates.items())
