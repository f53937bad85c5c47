"""Formatting: fingerprints, marks, durations; and the contrast of the colours."""

from __future__ import annotations

import re

import pytest

from labserver.formats.digests import digest, fingerprint
from labserver.kit.display import formatting
from labserver.kit.display.fingerprint import KINDS, Fingerprint, fingerprint_of
from labserver.kit.display.html import render, style
from labserver.kit.display.rich_text import RichText

THEMES = {"light": 0, "dark": 1}
TEXTS = ("ink", "soft", "session", "token", "store", "evil", "control")
SHEETS = ("wire", "table", "diagram", "plot")


def palette(theme: str) -> dict[str, str]:
    """Read the colours of one theme out of the style sheet."""
    found = re.findall(r"--([\w-]+):[^;]*?light-dark\((#\w+), ?(#\w+)\)", style("base", "plot"))
    paper = re.search(r"--paper: var\(--jp-layout-color0, light-dark\((#\w+), ?(#\w+)\)", style("base"))
    assert paper
    return {name: pair[THEMES[theme]] for name, *pair in [*found, ("paper", *paper.groups())]}


def luminance(colour: str) -> float:
    digits = colour[1:] if len(colour) == 7 else "".join(digit * 2 for digit in colour[1:])
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, relative luminance."""
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        *((text, "paper") for text in TEXTS),
        *((text, "card") for text in TEXTS),
        ("session", "session-bg"),
        ("token", "token-bg"),
        ("evil", "evil-bg"),
    ],
)  # fmt: skip
def test_everything_can_be_read_in_both_themes(theme: str, text: str, ground: str) -> None:
    colours = palette(theme)
    assert contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("ground", [("#ffffff", "light"), ("#111111", "dark")])
def test_and_on_jupyterlabs_own_ground(ground: tuple[str, str]) -> None:
    paper, theme = ground
    colours = palette(theme)
    assert all(contrast(colours[name], paper) >= 4.5 for name in TEXTS)


@pytest.mark.parametrize("credential", ["", "k1kq0Zq3Yx0m3cQf", "eyJ.eyJ.sig", "\udc80"])
def test_a_chip_is_the_servers_chip(credential: str) -> None:
    assert fingerprint_of(credential) == fingerprint(digest(credential))


def test_a_fingerprint_is_a_chip_everywhere_and_never_the_credential() -> None:
    text, name = RichText("sid=", Fingerprint.of("session", "secret"), "; <b>"), fingerprint_of("secret")
    assert str(text) == f"sid=● {name}; <b>"
    assert text.__html__() == f'sid=<span class="chip s" title="session id">● {name}</span>; &lt;b&gt;'
    assert text.svg() == f'sid=<tspan class="s">● {name}</tspan>; &lt;b&gt;'
    assert len(text) == len(str(text))


def test_kinds_differ_in_shape_and_word_too() -> None:
    assert len({kind.glyph for kind in KINDS.values()}) == len(KINDS)
    assert len({kind.word for kind in KINDS.values()}) == len(KINDS)


def test_no_character_is_special() -> None:
    """What looks like a chip in text from outside stays text, private-use characters included."""
    forged = "\ue000aAAAAAA\ue001 ◆ AAAAAA"
    assert RichText(forged).spans == (forged,)
    assert "<" not in RichText(forged).__html__() + RichText(forged).svg()


def test_text_from_outside_is_made_harmless() -> None:
    assert formatting.clean("a\x1b[31mb\ud800\n") == "a�[31mb?\n"
    assert str(RichText("a\x1b[31m", RichText("b\ud800"))) == "a�[31mb?"


def test_a_fingerprint_takes_the_place_of_a_text_and_is_never_split() -> None:
    one = Fingerprint.of("session", "secret")
    text = RichText("x secret secretly").replace(re.compile("secret"), lambda found: one)
    assert text.spans == ("x ", one, " ", one, "ly")
    assert text.split(" ") == [RichText("x"), RichText(one), RichText(one, "ly")]
    assert RichText.join(", ", ["a", one]) == RichText("a, ", one) != RichText("a, ", str(one))


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "0.0 µs"),
        (5.23, "5.2 µs"),
        (48.4, "48 µs"),
        (910, "910 µs"),
        (1000, "1.0 ms"),
        (18_200, "18.2 ms"),
        (2.5e6, "2.5 s"),
    ],
)
def test_a_duration_has_a_unit_that_the_sanitize_file_knows(us: float, text: str) -> None:
    assert formatting.duration(us) == text


@pytest.mark.parametrize("name", ["base", *SHEETS])
def test_a_style_sheet_is_small_and_keeps_to_its_class(name: str) -> None:
    sheet = style(name)
    assert len(sheet) < 3200
    assert "\n" not in sheet
    assert "/*" not in sheet
    selectors = re.findall(r"(?:^|(?<=[{}]))([^{}]+)\{", sheet)
    assert [one for one in selectors if ".labkit" not in one and not one.startswith("@")] == []


def test_a_text_table_does_not_follow_its_last_column() -> None:
    rows = [["what", "reads", "check"], ["read", "1", "5 µs"], ["log in", "0", "–"]]
    short = formatting.text_table(rows, [False, True, False])
    rows[1][2] = "118.2 ms"
    assert short.replace("5 µs", "118.2 ms") == formatting.text_table(rows, [False, True, False])
    assert short.splitlines()[1] == "read        1  5 µs"


def test_jupyterlab_must_not_take_dollars_for_mathematics() -> None:
    assert render("page.html", body="$argon2id$").startswith('<div class="labkit mathjax_ignore"><style>')
