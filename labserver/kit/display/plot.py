"""A plot with one message: the title says it, the picture shows it, the rows hold its numbers.

    def draw(axes):
        chart.line(axes, delays, session, "session", "session", low, high)
        chart.line(axes, delays, token, "token, HS256", "token")
        chart.units(axes, x="µs of store latency", y="µs")

    Plot("A local look-up beats a signature", ["delay", "session", "token"], rows, draw)

In a notebook it is a picture for light and dark, with its numbers folded below it; `print` gives title and
numbers. `rows` is what a cell asserts on. What differs from run to run is a time as `formatting.duration(us)`
writes it, or a number after ≈, as in `≈ 3,400`: nbval lets these differ, and never compares the picture.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree

from markupsafe import Markup

from labserver.kit.display.chart import finish
from labserver.kit.display.formatting import clean
from labserver.kit.display.html import render, style
from labserver.kit.display.table import Table
from labserver.kit.shadows import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 290.0
"""px; a picture is 749 px wide, and shrinks with its page."""

_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))
_XLINK = "{http://www.w3.org/1999/xlink}href"


class Picture(NamedTuple):
    """What matplotlib has drawn: SVG elements in a view of `width` by `height`, in px."""

    width: str
    height: str
    strokes: Markup


class Plot:
    """A picture drawn by `draw(axes)`, which gets matplotlib's axes in the lab's own style.

    `title` is a sentence, `about` says how the numbers were found, `head` and `rows` are the
    numbers as a table. `draw` is called when the plot is first shown.
    """

    def __init__(
        self,
        title: str,
        head: Sequence[str],
        rows: Sequence[Sequence[Any]],
        draw: Callable[[Axes], object],
        *,
        about: str = "",
        height: float = HEIGHT,
    ) -> None:
        self.title, self.about = clean(title), clean(about)
        self.table = Table(title, head, rows)
        self._draw, self._height = draw, height
        self._picture: Picture | None = None

    @property
    def rows(self) -> list[list[Any]]:
        """The numbers behind the picture."""
        return self.table.rows

    @property
    def svg(self) -> str:
        """The picture as a file of its own, for light and dark."""
        return self._fill("plot.svg", alone=True)

    def _fill(self, template: str, *, alone: bool) -> str:
        self._picture = self._picture or _drawn(self._draw, self._height)
        return render(template, alone=alone, plot=self, table=self.table, picture=self._picture)

    def __repr__(self) -> str:
        # Not in columns: their width would follow the measured numbers.
        return "\n".join([self.title, *map(self._line, self.table.text_rows())])

    def _line(self, row: list[str]) -> str:
        first, *others = row
        heads = self.table.head[1:]
        labels = (
            [f"{head} {cell}" for head, cell in zip(heads, others, strict=True)]
            if len(others) > 1
            else others
        )
        return f"  {first}: {', '.join(labels)}"

    def _repr_html_(self) -> str:
        return self._fill("plot.html", alone=False)


def _drawn(draw: Callable[[Axes], object], height: float) -> Picture:
    """Draw with matplotlib, in the lab's style."""
    # Imported here: it takes a second, and most cells draw nothing.
    with named():
        from matplotlib.figure import Figure
        from matplotlib.style import context

    # On matplotlib's own defaults: a matplotlibrc of the reader's would show through the style.
    with context(str(files("labserver.kit.display") / "style" / "lab.mplstyle"), after_reset=True):
        figure = Figure()
        width = figure.get_figwidth() * 72
        figure.set_size_inches(width / 72, height / 72)
        axes = figure.add_subplot()
        axes.locator_params(nbins=6)
        draw(axes)
        finish(axes)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata=_NO_METADATA)
    root = ElementTree.fromstring(file.getvalue())  # noqa: S314 - matplotlib's own
    return Picture(f"{width:g}", f"{height:g}", _strokes(root))


def _strokes(root: ElementTree.Element) -> Markup:
    """Return what the picture consists of, with the page's colours and font.

    Numbers have two digits; ids stay where something refers to them: others could occur twice in a page.
    """
    _, *body = root  # without its style sheet: one rule for all elements, and so for all of the page
    text = ElementTree.tostring(root, "unicode")
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
        element.text, element.tail = ((words or "").strip() for words in (element.text, element.tail))
        if target := element.attrib.pop(_XLINK, ""):
            element.set("href", target)
        if f"#{element.get('id')}" not in text:
            element.attrib.pop("id", None)
        if declarations := element.get("style"):
            element.set("style", _themed(declarations))
        if "-0 " in element.get("transform", ""):
            del element.attrib["transform"]
        for name in {"d", "x", "y", "width", "height"} & element.attrib.keys():
            element.set(name, " ".join(map(_shorter, element.attrib[name].split())))
    return Markup().join(Markup(ElementTree.tostring(element, "unicode")) for element in body)  # noqa: S704


def _shorter(number: str) -> str:
    """Cut a number after two digits; the letters of a path have none."""
    whole, point, digits = number.partition(".")
    return whole + point + digits[:2]


def _themed(declarations: str) -> str:
    """Leave the font to the page, and name the colours as its style sheet does."""
    pairs = [pair.split(": ", 1) for pair in declarations.split("; ")]
    colours = _variables()
    return "; ".join(f"{name}: {colours.get(value, value)}" for name, value in pairs if name != "font-family")


@cache
def _variables() -> dict[str, str]:
    """Read the light palette of the style sheets: {"#006aa6": "var(--session)", …}."""
    found = re.findall(r"--([\w-]+):[^;]*?light-dark\((#\w+),", style("base", "plot"))
    return {
        colour if len(colour) == 7 else f"#{''.join(c * 2 for c in colour[1:])}": f"var(--{name})"
        for name, colour in found
    }
