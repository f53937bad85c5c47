"""Tables that cells fill, and a token taken apart."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from labserver.kit.display.anatomy import Anatomy
from labserver.kit.display.fingerprint import chip
from labserver.kit.failures import KitError
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


def test_cells_may_be_yes_no_nothing_and_chips() -> None:
    table = Lab.table("Kinds", ["a", "b", "c", "d"], [[True, False, None, Lab.chip(SID)]])
    assert repr(table).splitlines()[-1] == f"yes  no  –  ● {chip(SID)}"
    assert (
        f'<td class="l"><span class="chip s" title="session id">● {chip(SID)}</span></td>'
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
    assert str(Lab.chip(CSRF, "csrf")) == f"■ {chip(CSRF)}"
    assert Lab.chip(SID) == Lab.chip(SID) != Lab.chip(ACCESS)
    assert not [secret for secret in SECRETS for each in chips if secret in repr(each) + each._repr_html_()]


def test_a_token_is_taken_apart_without_being_shown() -> None:
    anatomy = Anatomy(TOKEN)
    assert anatomy.header == {"alg": "HS256", "kid": "k1"}
    assert anatomy.claims == {"sub": "ada", "role": "user"}
    header, claims, signature = TOKEN.split(".")
    assert repr(anatomy).splitlines() == [
        f"◆ {chip(TOKEN)}: {len(TOKEN)} characters",
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
    assert "not base64url" in repr(Anatomy("a.b.c!"))
    assert "<script" not in Anatomy(f"{segment({'a': '<script>'})}.e30.AA")._repr_html_()
    for token, count in (("a.b", "2 parts"), ("abc", "1 part$")):
        with pytest.raises(KitError, match=count):
            Anatomy(token)
