"""Plots: one picture for both themes, and its numbers for everybody."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from labserver.kit.display import chart, formatting
from labserver.kit.display.html import style
from labserver.kit.display.plot import Plot

if TYPE_CHECKING:
    from matplotlib.axes import Axes

TITLE = "A local look-up beats a signature; 35 µs & more turn it"
HEAD = ["delay", "session", "token"]
DELAYS = [0.0, 50.0, 100.0]
ROWS = [[formatting.duration(x), formatting.duration(13 + x), formatting.duration(48)] for x in DELAYS]
COLOUR = re.compile(r"#[0-9a-fA-F]{3,6}\b")


def crossing(axes: Axes) -> None:
    session, token = [13 + x for x in DELAYS], [48.0] * 3
    low, high = [y - 2 for y in session], [y + 2 for y in session]
    chart.line(axes, DELAYS, session, "session", "session", low, high, dots=True)
    chart.line(axes, DELAYS, token, "token", "token", dots=True)
    axes.set_ylim(0, 130)
    chart.units(axes, x="µs of store latency", y="µs")
    chart.crossing(axes, 35, 48, "35 µs: equal", 32, 38)


def kinds(axes: Axes) -> None:
    chart.intervals(axes, ["a", "b"], [1, 2], [0.5, 1.5], [1.5, 2.5], ["control", "token"], ["1 µs", "2 µs"])


def bars(axes: Axes) -> None:
    axes.set_xscale("symlog", linthresh=1)
    chart.bars(axes, ["a", "b"], [0, 900], ["session", "token"], ["at once", "15 min"])
    chart.units(axes, x="s")


def plot(draw: Callable[[Axes], object] = crossing) -> Plot:
    return Plot(TITLE, HEAD, ROWS, draw, about="Bands are 95 % intervals.")


def picture(of: Plot) -> ElementTree.Element:
    """Give the picture, parsed as a file of its own."""
    return ElementTree.fromstring(of.svg)  # noqa: S314 - ours


def texts(of: Plot) -> list[str]:
    return [node.text or "" for node in picture(of).iter("{http://www.w3.org/2000/svg}text")]


def test_the_same_data_gives_the_same_picture() -> None:
    assert plot()._repr_html_() == plot()._repr_html_()


@pytest.mark.parametrize("draw", [crossing, kinds, bars])
def test_every_colour_follows_the_theme(draw: Callable[[Axes], object]) -> None:
    shown = plot(draw)
    _, style_sheet, body = shown.svg.partition("</style>")
    assert style_sheet
    assert COLOUR.findall(body) == []
    assert "var(--token)" in body
    names = set(re.findall(r"var\(--(\w+)\)", body))
    assert names <= set(re.findall(r"--([\w-]+):", style("base", "plot")))


def test_the_tones_are_the_palette() -> None:
    palette = re.findall(r"--([\w-]+):[^;]*?light-dark\((#\w+),", style("base", "plot"))
    assert {name: series_style.colour for name, series_style in chart.SERIES_STYLES.items()} == {
        name: colour for name, colour in palette if name in chart.SERIES_STYLES
    }
    assert (
        len(
            {
                (series_style.line, series_style.marker)
                for series_style in chart.SERIES_STYLES.values()
                if series_style.colour != "#1f2430"
            }
        )
        == 5
    )


def test_a_picture_says_what_it_shows() -> None:
    root = picture(plot())
    assert root.get("role") == "img"
    assert root.get("aria-label") == TITLE
    title, description = root[0], root[1]
    assert title.text == TITLE
    assert description.text == repr(plot())


def test_the_text_form_has_the_numbers_and_no_column_that_follows_them() -> None:
    assert repr(plot()).splitlines() == [
        TITLE,
        "  0.0 µs: session 13 µs, token 48 µs",
        "  50 µs: session 63 µs, token 48 µs",
        "  100 µs: session 113 µs, token 48 µs",
    ]
    assert repr(Plot("Two", ["store", "check"], [["SQLite", "5 µs"]], kinds)) == "Two\n  SQLite: 5 µs"
    assert plot().rows == ROWS


def test_without_style_and_picture_title_and_numbers_remain() -> None:
    shown = plot()._repr_html_()
    bare = re.sub(r"<(style|svg).*?</\1>", "", shown, flags=re.DOTALL)
    left = re.sub(r"<[^>]+>", " ", bare)
    assert "A local look-up beats a signature; 35 µs &amp; more turn it" in left
    assert "Bands are 95 % intervals." in left
    assert left.count("48 µs") == 3


def test_lines_are_named_where_they_end_and_units_once() -> None:
    found = texts(plot())
    assert {"session", "token", "35 µs: equal", "100 µs of store latency"} <= set(found)
    assert sum("of store latency" in text for text in found) == 1
    assert sum(text.endswith(" µs") for text in found) == 1


def test_rows_keep_their_names_beside_units() -> None:
    assert {"a", "b", "at once", "15 min"} <= set(texts(plot(bars)))


def test_labels_that_would_touch_are_moved_apart() -> None:
    def close(axes: Axes) -> None:
        for name, value in (("one", 10.0), ("two", 10.1), ("three", 10.2)):
            chart.line(axes, [0, 1], [0, value], name, "ink")

    root = picture(plot(close))
    heights = sorted(
        float(node.get("y", "0"))
        for node in root.iter("{http://www.w3.org/2000/svg}text")
        if node.text in ("one", "two", "three")
    )
    assert min(b - a for a, b in pairwise(heights)) >= chart.APART - 1


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (0.5, "0.5"), (20, "20"), (1000, "1,000"), (1e6, "1 million"), (2.5e9, "2.5 billion")],
)
def test_numbers_read_as_they_are_said(value: float, text: str) -> None:
    assert chart.number(value) == text


def test_an_id_stays_only_where_something_refers_to_it() -> None:
    shown = plot()._repr_html_()
    ids = re.findall(r' id="([^"]+)"', shown)
    assert ids, "markers are drawn once, and used"
    assert [name for name in ids if f'"#{name}"' not in shown and f"url(#{name})" not in shown] == []
    assert "xlink" not in shown and "font-family: 'DejaVu" not in shown


def test_a_picture_is_small() -> None:
    assert len(plot()._repr_html_()) < 20_000
