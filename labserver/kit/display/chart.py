"""What plots are made of: lines with bands, intervals, bars, in the lab's colours and shapes.

`series_style` is session, token, control, store, evil or ink. Each has its colour, line and marker, so that
nothing is said by colour alone. What a line or a bar stands for is written beside it; there are no legends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation


class SeriesStyle(NamedTuple):
    """How one kind of thing is drawn. The colours are the light ones of style/*.css."""

    colour: str
    line: str
    marker: str


SERIES_STYLES = {
    "session": SeriesStyle("#006aa6", "-", "o"),
    "token": SeriesStyle("#ad4500", "--", "D"),
    "control": SeriesStyle("#616b7a", "-", "s"),
    "store": SeriesStyle("#00735a", "-", "^"),
    "evil": SeriesStyle("#963a75", "-", "X"),
    "ink": SeriesStyle("#1f2430", "-", "o"),
}
PAPER, SOFT, LINE = "#ffffff", "#586172", "#d9dee7"
BAND = 0.16  # how much of its colour an interval shows
APART = 18  # px from one label to the next
_LABEL, _X, _Y = "lab-label", "lab-x", "lab-y"


def line(
    axes: Axes,
    xs: Sequence[float],
    ys: Sequence[float],
    name: str,
    series_style: str,
    low: Sequence[float] | None = None,
    high: Sequence[float] | None = None,
    *,
    dots: bool = False,
) -> None:
    """Draw a line, named where it ends, in a band from `low` to `high`; `dots` marks what was measured."""
    drawn = SERIES_STYLES[series_style]
    if low is not None and high is not None:
        axes.fill_between(xs, low, high, color=drawn.colour, alpha=BAND, linewidth=0)
    axes.plot(xs, ys, drawn.line, color=drawn.colour, clip_on=False)
    if dots:
        axes.plot(xs, ys, drawn.marker, color=drawn.colour, clip_on=False)
    label(axes, xs[-1], ys[-1], name, series_style)


def label(axes: Axes, x: float, y: float, text: str, series_style: str = "ink") -> Annotation:
    """Write beside a point. Labels that would touch are moved apart, up or down."""
    written = axes.annotate(
        text, (x, y), xytext=(10, 0), textcoords="offset points", va="center",
        color=SERIES_STYLES[series_style].colour, weight="bold", annotation_clip=False,
    )  # fmt: skip
    written.set_gid(_LABEL)
    return written


def crossing(
    axes: Axes, x: float, y: float, text: str, low: float | None = None, high: float | None = None
) -> None:
    """Mark where two lines meet, with a plumb line to the x axis, and its interval there."""
    floor = axes.get_ylim()[0]
    axes.plot([x, x], [floor, y], ":", color=SOFT, linewidth=1.5)
    if low is not None and high is not None:
        axes.plot(
            [low, high],
            [floor, floor],
            color=SERIES_STYLES["ink"].colour,
            linewidth=6,
            clip_on=False,
            zorder=4,
        )
    axes.plot(
        [x],
        [y],
        "o",
        color=PAPER,
        markeredgecolor=SERIES_STYLES["ink"].colour,
        markeredgewidth=2,
        markersize=9,
    )
    axes.annotate(text, (x, floor), xytext=(9, 16), textcoords="offset points", va="center")
    axes.set_ylim(bottom=floor)


def intervals(
    axes: Axes,
    names: Sequence[str],
    middles: Sequence[float],
    lows: Sequence[float],
    highs: Sequence[float],
    series_styles: Sequence[str],
    texts: Sequence[str] | None = None,
) -> None:
    """Draw one row for each name, from the top: its middle, its interval, and a text beside it."""
    for row, (middle, low, high, series_style) in enumerate(
        zip(middles, lows, highs, series_styles, strict=True)
    ):
        drawn = SERIES_STYLES[series_style]
        axes.plot([low, high], [row, row], drawn.line, color=drawn.colour, linewidth=3, clip_on=False)
        ends = axes.plot([low, high], [row, row], "|", color=drawn.colour, markersize=11, clip_on=False)
        ends[0].set_markeredgewidth(2)
        axes.plot([middle], [row], drawn.marker, color=drawn.colour, markersize=8)
        if texts:
            label(axes, high, row, texts[row], series_style)
    rows(axes, names)


def ticks(axes: Axes, row: int, values: Sequence[float], series_style: str) -> None:
    """Draw a thin stroke for each value in a row, as one path: where they are dense, most of them are."""
    xs = [x for value in values for x in (value, value, math.nan)]
    ys = [row - 0.28, row + 0.28, math.nan] * len(values)
    axes.plot(xs, ys, "-", color=SERIES_STYLES[series_style].colour, alpha=0.3, linewidth=1)


def bars(
    axes: Axes,
    names: Sequence[str],
    values: Sequence[float],
    series_styles: Sequence[str],
    texts: Sequence[str],
) -> None:
    """Draw one bar for each name, from the top, its value written at its end."""
    for row, (value, series_style, text) in enumerate(zip(values, series_styles, texts, strict=True)):
        drawn = SERIES_STYLES[series_style]
        fill = 1.0 if drawn.line == "-" else BAND  # a dashed style is an outline
        axes.barh(row, value, height=0.6, color=drawn.colour, alpha=fill, linewidth=0)
        if drawn.line != "-":
            axes.barh(
                row, value, height=0.6, fill=False, edgecolor=drawn.colour, linewidth=2, linestyle=drawn.line
            )
        label(axes, value, row, text, series_style)
    rows(axes, names)


def rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a plot that is read from the top, at its left side."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.tick_params(axis="y", labelcolor=SERIES_STYLES["ink"].colour)
    axes.spines["left"].set_visible(False)


def units(axes: Axes, x: str = "", y: str = "") -> None:
    """Name the units once, at the last number of each axis: `0  50  100 µs of store latency`."""
    if x:
        axes.xaxis.set_gid(_X + x)
    if y:
        axes.yaxis.set_gid(_Y + y)


def number(value: float) -> str:
    """Write a number as a reader says it: 0.5, 20, 1,000, 1 million."""
    for size, word in ((1e9, " billion"), (1e6, " million")):
        if abs(value) >= size:
            return f"{value / size:,.6g}{word}"
    return f"{value:,.6g}"


def finish(axes: Axes) -> None:
    """Set the numbers of the axes and move labels apart, once everything is drawn."""
    for spine in axes.spines.values():
        spine.set_zorder(0.5)
    for axis, sign in ((axes.xaxis, _X), (axes.yaxis, _Y)):
        gid = axis.get_gid() or ""
        axis.set_gid(None)
        if gid.startswith(sign):
            _name_last(axis, gid.removeprefix(sign))
    figure = axes.get_figure()
    figure.draw_without_rendering()  # type: ignore[union-attr]
    _spread(axes)


def _name_last(axis: Any, unit: str) -> None:
    low, high = sorted(axis.get_view_interval())
    slack = (high - low) * 1e-9
    at = [value for value in axis.get_majorticklocs() if low - slack <= value <= high + slack]
    texts = [number(value) for value in at]
    if at and unit:
        texts[-1] = f"{texts[-1]} {unit}"
    axis.set_ticks(at, texts)
    axis.set_ticks([], minor=True)


def _spread(axes: Axes) -> None:
    labels = [text for text in axes.texts if text.get_gid() == _LABEL]
    places = [(float(axes.transData.transform(text.xy)[1]), text) for text in labels]  # type: ignore[attr-defined]
    places.sort(key=lambda place: place[0])
    free = float("-inf")
    for height, text in places:
        text.set_gid(None)
        move = max(0.0, free - height)
        text.xyann = (10, move)  # type: ignore[attr-defined]
        free = height + move + APART
