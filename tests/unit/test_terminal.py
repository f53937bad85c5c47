"""What a terminal would obey is shown as an escape; everything else as it is."""

from __future__ import annotations

import pytest

from labserver.formats.terminal import visible


@pytest.mark.parametrize(
    "text",
    ["", "two\nlines\twith a tab", "größer → kleiner, 東京, שלום, 👩\u200d💻", "\\x1b is text already"],
)
def test_text_is_left_alone(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[2J", r"\x1b[2J"),
        ("\x9b2J", r"\x9b2J"),
        ("a\rb\x08c\x07\x00\x7f", r"a\rb\x08c\x07\x00\x7f"),
        ("\u202egnp.exe\u202c\u2066\u200f\u061c", r"\u202egnp.exe\u202c\u2066\u200f\u061c"),
        ("one\x85two\u2028three", r"one\x85two\u2028three"),
    ],
)
def test_what_a_terminal_obeys_is_shown(text: str, shown: str) -> None:
    assert visible(text) == shown
