"""The sequence diagram: nothing overlaps, nothing leaks, and it says the same in words."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from itertools import combinations

import pytest

from labserver.formats.reports import EventReport
from labserver.kit.display.diagram import Diagram
from labserver.kit.display.drawing import RESERVED, SMALLEST, Box, Drawing, draw
from labserver.kit.display.fingerprint import Fingerprint, fingerprint_of
from labserver.kit.display.formatting import duration
from labserver.kit.display.rich_text import RichText, wrap
from tests.kit import recorded
from tests.kit.recorded import ACCESS, REFRESH, SECRETS, SID, Recorded, answer, event, trace


def long_story() -> list[Recorded]:
    """Three clients, every party, refusals: about thirty events."""
    return [
        recorded.session_login(),
        recorded.session_me(),
        recorded.session_me(client="second browser of ada, at work"),
        recorded.session_refused(client="thief"),
        recorded.email(),
        recorded.token_login(),
        recorded.token_me(),
        recorded.token_refused(),
        recorded.refresh(),
        wordy(),
    ]


def wordy() -> Recorded:
    path = "/session/sessions/" + "0123456789abcdef" * 8
    carried = {"Cookie": f"sid={SID}", "X-CSRF-Token": "c" * 43}
    code = {"code": "not_found_and_a_very_long_code_that_goes_on_and_on_without_end"}
    response = answer("DELETE", path, headers=carried, status=(404, "Not Found"), said=code)
    text = (
        "looks for something with a name so long that it has to be broken into several lines of the picture"
    )
    return response, trace(
        response,
        "session",
        event("store.find", record="session", owner=text, us=123_456, chip=fingerprint_of(SID)),
        event("token.verify", algorithm="x" * 200, ok=False),
        event("refuse", reason=text, ok=False),
    )


def drawing(diagram: Diagram) -> Drawing:
    return draw(diagram._clients, diagram._parties, diagram.steps)


def overlap(one: Box, other: Box) -> bool:
    across = one.left < other.right and other.left < one.right
    return across and one.top < other.bottom and other.top < one.bottom


STORIES = {
    "session": [recorded.session_login(), recorded.session_me()],
    "token": [recorded.token_login(), recorded.token_me(), recorded.refresh()],
    "one": [recorded.token_me()],
    "thief": [recorded.session_me(), recorded.session_refused()],
    "guest": [
        recorded.session_refused("mallory"),
        recorded.session_me(client="ada"),
        recorded.session_guest(),
    ],
    "every lane": [recorded.session_me(), recorded.token_me(client="app")],
    "long": long_story(),
}


@pytest.mark.parametrize("story", STORIES)
def test_no_label_lies_over_another_or_leaves_the_picture(story: str) -> None:
    picture = drawing(Diagram(STORIES[story]))
    assert not [pair for pair in combinations(picture.boxes, 2) if overlap(*pair)]
    assert not [
        b for b in picture.boxes if b.left < 0 or b.right > picture.width or b.bottom > picture.height
    ]


def test_the_check_for_overlaps_finds_one() -> None:
    box = Box(0, 0, 100, 16, "a")
    assert overlap(box, Box(90, 8, 200, 24, "b"))
    assert not overlap(box, Box(0, 18, 100, 34, "below"))


def test_the_usual_pictures_fit_a_notebook_and_wider_ones_scroll() -> None:
    """A cell is about 700 px wide; 13 px text must not shrink below 10."""
    for story in ("session", "token", "one", "thief"):
        assert drawing(Diagram(STORIES[story])).width * 10 / 13 <= 700
    assert drawing(Diagram(STORIES["long"])).width * 10 / 13 > 700
    assert SMALLEST * 13 > 10
    assert "--least:" in Diagram(STORIES["long"]).svg


def test_all_lanes_of_two_clients_fit_a_narrow_window() -> None:
    """A JupyterLab of 1,100 px, with the list of files open, leaves 647 px."""
    diagram = Diagram(STORIES["every lane"])
    assert len(drawing(diagram).boxes) > 6 and len(diagram._parties) == 4
    assert drawing(diagram).width * SMALLEST <= 647


@pytest.mark.parametrize("story", STORIES)
def test_the_picture_has_a_title_and_says_in_words_what_it_shows(story: str) -> None:
    diagram = Diagram(STORIES[story])
    root = ET.fromstring(diagram.svg)  # noqa: S314 - our own text
    space = "{http://www.w3.org/2000/svg}"
    title, desc = root.find(f"{space}title"), root.find(f"{space}desc")
    assert root.get("role") == "img"
    assert title is not None and title.text == diagram.title
    assert desc is not None and desc.text == str(diagram)
    assert " id=" not in diagram._repr_html_(), "ids of two outputs would clash in one page"


def test_the_room_kept_for_a_duration_is_enough() -> None:
    times = (9.94, 99.4, 999.4, 9_994, 99_940, 999_940, 99e6)
    assert max(len(f" · {duration(us)}") for us in times) <= RESERVED


def test_the_words() -> None:
    words = str(Diagram([recorded.session_login(), recorded.session_me()]))
    name = f"● {fingerprint_of(SID)}"
    assert words.splitlines() == [
        " 1  browser → server        POST /session/login, ada ••••••",
        " 2  server                  checks the password (Argon2id) · 18.2 ms",
        f" 3  server                  makes an id of 256 random bits {name}",
        f" 4  server → session store  writes a session {name} · 910 µs",
        f" 5  server → browser        200 OK, Set-Cookie: sid={name} · 19.3 ms",
        f" 6  browser → server        GET /session/me, Cookie: sid={name}",
        f" 7  server → session store  looks up a session {name} · 5.0 µs",
        " 8  server → users' table   reads the profile of ada · 5.0 µs",
        " 9  server → browser        200 OK · 210 µs",
    ]


def test_each_kind_of_credential_wears_its_own_shape() -> None:
    words = str(Diagram([recorded.token_login()]))
    assert f"signs an access token with HS256 ◆ {fingerprint_of(ACCESS)}" in words
    assert f"access_token ◆ {fingerprint_of(ACCESS)}, refresh_token ▲ {fingerprint_of(REFRESH)}" in words
    assert f"writes a refresh family ▲ {fingerprint_of(REFRESH)}" in words
    assert f"makes an id of 256 random bits ▲ {fingerprint_of(REFRESH)}" in words


@pytest.mark.parametrize(
    ("made", "glyph"),
    [
        (event("store.delete", record="session", chip="AAAAAA"), "●"),
        (event("store.find", record="family", owner="ada", chip="AAAAAA"), "▲"),
        (event("store.get", record="denied", chip="AAAAAA"), "◇"),
        (event("token.verify", algorithm="HS256", chip="AAAAAA"), "◆"),
        (event("id.make", record="family", chip="AAAAAA"), "▲"),
    ],
    ids=lambda value: value["kind"] if isinstance(value, dict) else "",
)
def test_what_the_exchange_did_not_carry_is_named_by_the_kind_of_row(made: EventReport, glyph: str) -> None:
    response = answer("GET", "/session/me")
    assert f"{glyph} AAAAAA" in str(Diagram([(response, trace(response, "session", made))]))


@pytest.mark.parametrize(
    "form", [str, lambda diagram: diagram.svg, Diagram._repr_html_], ids=["text", "SVG", "HTML"]
)
@pytest.mark.parametrize("story", STORIES)
def test_no_secret(story: str, form: Callable[[Diagram], str]) -> None:
    shown = form(Diagram(STORIES[story]))
    assert not [secret for secret in SECRETS if secret in shown]


def test_lanes_are_those_that_occur() -> None:
    assert Diagram([recorded.session_me()])._parties == ["server", "session store", "users' table"]
    assert Diagram([recorded.token_me()])._parties == ["server", "signing key", "users' table"]
    quiet = answer("GET", "/healthz")
    assert Diagram([(quiet, trace(quiet, "other"))])._parties == ["server"]


def test_every_client_has_a_lane_and_an_attacker_a_mask() -> None:
    svg = Diagram([recorded.session_me(), recorded.session_refused("thief")]).svg
    assert svg.count('class="mask"') == 1
    assert re.search(r'class="h evil"[^>]*>thief<', svg)
    assert 'class="mask"' not in Diagram([recorded.session_me()]).svg


def test_who_wears_the_mask_is_decided_by_the_answer_before_the_name() -> None:
    """A guest in an honest browser is an attacker; a mallory is none if the client says so."""
    mallory = recorded.session_me(client="mallory")
    vars(mallory[0])["lab_attacker"] = False
    svg = Diagram([mallory, recorded.session_guest("page")]).svg
    assert svg.count('class="mask"') == svg.count('class="life evil"') == 1
    assert re.search(r'class="h evil"[^>]*>page<', svg)
    assert svg.count('path class="session evil"') == svg.count('path class="session"') > 0


@pytest.mark.parametrize("evil_first", [True, False])
def test_one_masked_request_is_enough_for_a_mask(evil_first: bool) -> None:
    story = [recorded.session_me(client="x"), recorded.session_guest("x")]
    assert Diagram(story[::-1] if evil_first else story).svg.count('class="mask"') == 1


def test_a_refusal_is_shown_by_a_sign_and_a_word() -> None:
    diagram = Diagram([recorded.token_refused()])
    assert "✗ 401 Unauthorized, invalid_token" in str(diagram)
    assert "✗ refuses: the signature does not match" in str(diagram)
    assert "✗ checks the HS256 signature" in str(diagram)


def test_a_call_that_nobody_answers_ends_in_a_cross() -> None:
    response = answer("GET", "/session/me", status=(503, "Service Unavailable"))
    down = event("store.get", record="session", ok=False)
    diagram = Diagram([(response, trace(response, "session", down))])
    assert [step.sort for step in diagram.steps] == ["request", "lost", "answer"]
    assert diagram.svg.count('class="cross"') == 1
    assert "store back" not in diagram.svg
    assert 'class="cross"' not in Diagram([recorded.token_refused()]).svg, (
        "a refusal is an answer, and arrives"
    )


def test_session_is_solid_and_token_dashed() -> None:
    assert 'path class="session"' in Diagram([recorded.session_me()]).svg
    assert 'path class="token"' in Diagram([recorded.token_me()]).svg


def test_the_picture_does_not_follow_its_durations() -> None:
    def without_times(us: float) -> str:
        html = Diagram(
            [recorded.session_login(us), recorded.session_me(us), recorded.token_me(us)]
        )._repr_html_()
        return re.sub(r"\d+(\.\d+)? (µs|ms|s)\b", "T", html)

    assert without_times(0.4) == without_times(48.0) == without_times(918_273.0)
    assert "T" in without_times(1.0)


def test_hostile_text_is_escaped() -> None:
    evil = '"><script>alert(1)</script>\ue000aAAAAAA\ue001\x1b'
    response = answer("GET", "/<script>", client=evil, status=(400, evil), said={"code": evil})
    diagram = Diagram(
        [
            (
                response,
                trace(
                    response, "session", event("store.get", record=evil, chip=evil), event(evil, owner=evil)
                ),
            )
        ]
    )
    for form in (diagram.svg, diagram._repr_html_()):
        assert "<script" not in form
        assert "◆" not in form
        assert "\x1b" not in form
    ET.fromstring(diagram.svg)  # noqa: S314 - still well-formed


def test_where_style_is_taken_away_the_words_remain() -> None:
    html = Diagram([recorded.session_me()])._repr_html_()
    assert '<pre class="alt"> 1  browser → server' in html
    assert ".labkit .alt { display: none; }" in html


def test_lines_are_broken_between_words_and_long_words_lose_their_middle() -> None:
    def lines(text: str, room: int) -> list[str]:
        return [str(line) for line in wrap(RichText(text), room)]

    assert lines("one two three", 7) == ["one two", "three"]
    assert lines("abcdefghijkl", 7) == ["abc…jkl"]
    assert all(len(line) <= 20 for line in lines(f"a{'b' * 60} {'c ' * 30}", 20))


def test_a_fingerprint_counts_as_one_word_and_goes_first_from_a_long_one() -> None:
    one = Fingerprint.of("session", "secret")
    assert wrap(RichText("sends ", one), 9) == [RichText("sends"), RichText(one)]
    assert wrap(RichText("sid=", one), 7) == [RichText("sid=…")]
