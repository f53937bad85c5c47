"""The ledger and the state: numbers that cells assert on, and tables that people read."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import pytest

from labserver.formats.reports import AccountReport, ClockReport, KeyReport, RowReport, StoreReport
from labserver.kit.display.fingerprint import fingerprint_of
from labserver.kit.display.ledger import Ledger
from labserver.kit.display.state import State, ago, ends
from labserver.kit.failures import KitError
from tests.kit import recorded
from tests.kit.recorded import ACCESS, REFRESH, SECRETS, SID

NOW = 1_795_000_000.0


def ledger() -> Ledger:
    named = {
        "log in": recorded.session_login(),
        "read": recorded.session_me(),
        "refused": recorded.session_refused(),
    }
    return Ledger([(name, *exchange) for name, exchange in named.items()])


def test_one_exchange_is_asked_by_what_it_cost() -> None:
    one = Ledger([(None, *recorded.session_me())])
    assert one["store_reads"] == 1
    assert one["store_writes"] == one["signatures_checked"] == 0
    assert one["exchange"] == "GET /session/me"
    assert one["check_us"] == 13.0


def test_several_are_asked_by_name() -> None:
    assert ledger()["log in"]["password_checks"] == 1
    assert [row["exchange"] for row in ledger()] == ["log in", "read", "refused"]
    assert len(ledger()) == 3
    with pytest.raises(KeyError, match="there is 'log in', 'read', 'refused'"):
        ledger()["store_reads"]


def test_credential_bytes_are_those_on_the_wire() -> None:
    login, me = Ledger([(None, *recorded.session_login())]), Ledger([(None, *recorded.session_me())])
    assert login["bytes_out"] == len(f"Set-Cookie: sid={SID}; HttpOnly; Path=/; SameSite=Lax\r\n")
    assert login["bytes_in"] == me["bytes_out"] == 0
    assert me["bytes_in"] == len(f"Cookie: sid={SID}\r\n") == 57
    token = Ledger([(None, *recorded.token_login())])
    assert token["bytes_out"] == len(ACCESS) + len(REFRESH)
    assert Ledger([(None, *recorded.token_me())])["bytes_in"] == len(f"Authorization: Bearer {ACCESS}\r\n")
    assert Ledger([(None, *recorded.refresh())])["bytes_in"] == len(REFRESH)


def test_zeros_are_quiet_and_what_decides_is_bold() -> None:
    html = Ledger([(None, *recorded.session_me())])._repr_html_()
    assert '<td class="hot now">1</td><td class="zero now">0</td><td class="zero now">0 / 0</td>' in html
    assert '<td class="now">0 / 57</td>' in html
    assert "<caption>" in html
    assert html.count('scope="col"') == 7
    assert html.count('scope="row"') == 1


def test_a_ledger_in_plain_text_lines_up() -> None:
    lines = repr(ledger()).splitlines()
    heads = "flow exchange reads writes signed checked passwords bytes out in check"
    assert " ".join(lines[0].split()) == heads
    assert all(line.startswith("session  ") for line in lines[1:])
    assert {line[lines[0].index("reads") + 4] for line in lines[1:]} == {"0", "1"}


def test_a_ledger_keeps_its_shape_whatever_the_times() -> None:
    def without_times(us: float) -> str:
        rows = Ledger([("log in", *recorded.session_login(us)), ("read", *recorded.session_me(us))])
        return re.sub(r"\d+(\.\d+)? (µs|ms|s)\b", "T", repr(rows) + rows._repr_html_())

    assert without_times(1.0) == without_times(987_654.0)


def test_a_ledger_without_times_shows_none_in_either_form() -> None:
    exchanges: list[tuple[str | None, Any, Any]] = [
        ("log in", *recorded.session_login(1.0)),
        ("read", *recorded.session_me(1.0)),
    ]
    shown, silent = Ledger(exchanges), Ledger(exchanges, times=False)
    assert repr(shown).splitlines()[0].endswith("check")
    assert repr(silent).splitlines()[0].endswith("in")
    assert (shown._repr_html_().count('scope="col"'), silent._repr_html_().count('scope="col"')) == (7, 6)
    assert "µs" in repr(shown)
    assert "µs" not in repr(silent) + silent._repr_html_()


def test_a_ledger_escapes_names_and_holds_no_secret() -> None:
    html = Ledger([("<script>", *recorded.token_login())])._repr_html_()
    assert "<script" not in html
    assert not [secret for secret in SECRETS if secret in html]


def state(part: str = "store", **data: Any) -> State:
    key, family = hashlib.sha256(SID.encode()).hexdigest(), hashlib.sha256(b"family").hexdigest()
    session = {"created": NOW - 1, "used": NOW - 1} | data
    renewed = {"created": NOW - 3 * 86400, "used": NOW, "issued": [["a", 1], ["b", 2]],
               "current": hashlib.sha256(REFRESH.encode()).hexdigest()}  # fmt: skip
    rows: list[RowReport] = [
        {
            "kind": "session",
            "key": key,
            "chip": fingerprint_of(SID),
            "owner": "ada",
            "expires": NOW + 1799,
            "data": session,
        },
        {
            "kind": "family",
            "key": family,
            "chip": fingerprint_of(REFRESH),
            "owner": "<b>",
            "expires": NOW - 1,
            "data": renewed,
        },
        {
            "kind": "denied",
            "key": key,
            "chip": fingerprint_of("jti"),
            "owner": "ada",
            "expires": NOW + 900,
            "data": {},
        },
    ]
    user: AccountReport = {
        "username": "ada",
        "role": "user",
        "email": "a@b.c",
        "disabled": False,
        "password": "$argon2id$v=19$…",
    }
    keys: list[KeyReport] = [{"kid": "k7Qx9fAbCdE", "alg": "ES256", "signs": True}]
    store: StoreReport = {"kind": "sqlite", "rows": rows}
    clock: ClockReport = {"now": NOW, "offset": 0}
    return State({"clock": clock, "store": store, "users": [user], "keys": keys, "worker": 1}, part)


def test_the_rows_as_stored() -> None:
    shown = state(cart=["tea", "<milk>"])
    lines = repr(shown).splitlines()
    assert lines[0] == "Session store (sqlite): 3 rows"
    assert f"sha256(● {fingerprint_of(SID)})" in lines[2]
    assert 'created just now, used just now, cart ["tea", "<milk>"]' in lines[2]
    assert lines[2].endswith("in 30 min")
    assert (
        "created 3 d ago, used just now, issued 2 access tokens, "
        f"good now sha256(▲ {fingerprint_of(REFRESH)})" in lines[3]
    )
    assert lines[3].endswith("over")
    assert f"sha256(◇ {fingerprint_of('jti')})" in lines[4]
    html = shown._repr_html_()
    assert "<milk>" not in html
    assert "<b>" not in html
    assert "<caption>Session store (sqlite): 3 rows</caption>" in html
    assert len(shown) == len(shown.rows) == 3


def test_an_empty_store_says_so() -> None:
    clock: ClockReport = {"now": NOW, "offset": 0}
    store: StoreReport = {"kind": "memory", "rows": []}
    empty = State({"clock": clock, "store": store, "users": [], "keys": [], "worker": 1})
    assert repr(empty) == "Session store (memory): no rows"


def test_users_and_keys() -> None:
    assert "ada   user  a@b.c  $argon2id$v=19$…  yes" in repr(state("users"))
    assert '{"kid": "k7Qx9fAbCdE"}' in repr(state("keys"))
    assert state().users[0]["username"] == "ada"
    with pytest.raises(KitError, match="'store', 'users', 'keys'"):
        state("sessions")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(-1, "over"), (0, "over"), (130_000, "in 2 d"),
     (3, "in seconds"), (59.6, "in a minute"), (1799.2, "in 30 min"), (1741, "in 29 min"),
     (43_199, "in 12 h"), (1_209_599, "in 14 d"), (86_400, "in 24 h")],
)  # fmt: skip
def test_ends_are_coarse_enough_to_be_the_same_twice(seconds: float, text: str) -> None:
    assert ends(seconds) == text


def test_so_are_beginnings() -> None:
    assert [ago(seconds) for seconds in (0, 12, 60.4)] == ["just now", "just now", "a minute ago"]
    assert ago(1860.9) == "31 min ago"
