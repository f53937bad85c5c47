"""A plot with one message: the title says it, the picture shows it, the rows hold its numbers.

    def draw(axes):
        chart.line(axes, delays, session, "session", "session", low, high)
        chart.line(axes, delays, token, "token, HS256", "token")
        chart.units(axes, x="µs of store latency", y="µs")

    Plot("A local lookup beats a signature", ["delay", "session", "token"], rows, draw)

In a notebook it is a picture for light and dark, with its numbers folded below it; `print` gives title and
numbers. `rows` is what a cell asserts on. What differs from run to run is a time as `look.duration(us)`
writes it, or a number after ≈, as in `≈ 3,400`: nbval lets these differ, and never compares the picture.
"""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from labserver.kit.display.chart import finish
from labserver.kit.display.formatting import clean, markup, page, style
from labserver.kit.display.table import Table
from labserver.kit.shadows import named

if TYPE_CHECKING:
    from matplotlib.axes import Axes

HEIGHT = 290.0
"""px; a picture is 749 px wide, and shrinks with its page."""

_SHEET = "labserver.kit.display"
_FILE = '<svg xmlns="http://www.w3.org/2000/svg"'
_HUSK = (  # what nobody needs from matplotlib's SVG, and what would differ between its versions
    (r"<!--.*?-->", ""),
    (r' id="[A-Za-z0-9.]*_\d+"', ""),
    (r"font-family: [^;\"]*;?", ""),
    (r' transform="rotate\(-0 [^)]*\)"', ""),
    (r"xlink:href", "href"),
    (r"(\d+\.\d{2})\d+", r"\1"),
    (r"<g>\s*</g>|<g/>", ""),
    (r"\s*\n\s*", " "),
    (r"> <", "><"),
)


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
        self.title, self.about = title, about
        self.table = Table(title, head, rows)
        self._draw, self._height, self._drawn = draw, height, ""

    @property
    def rows(self) -> list[list[Any]]:
        """Give the numbers behind the picture."""
        return self.table.rows

    @property
    def svg(self) -> str:
        """Give the picture as a file of its own, for light and dark."""
        title, numbers = html.escape(clean(self.title)), html.escape(clean(repr(self)))
        inside = f"<title>{title}</title><desc>{numbers}</desc><style>{style('base', 'plot')}</style>"
        head, end, body = self._picture().partition(">")
        return f"{head.replace('<svg', _FILE, 1)}{end}{inside}{body}"

    def _picture(self) -> str:
        self._drawn = self._drawn or _render(self._draw, self._height)
        width, height, body = self._drawn.split(" ", 2)
        # The title in an attribute: as an element it would pop up under the mouse, and where JupyterLab takes
        # the picture away its text would stay.
        return (
            f'<svg class="labkit plot" role="img" aria-label="{html.escape(clean(self.title))}" '
            f'viewBox="0 0 {width} {height}" style="max-width:{width}px">{body}</svg>'
        )

    def __repr__(self) -> str:
        # Not in columns: their width would follow the measured numbers.
        return "\n".join([clean(self.title), *map(self._line, self.table.text_rows())])

    def _line(self, row: list[str]) -> str:
        first, *others = row
        heads = self.table.head[1:]
        told = (
            [f"{head} {cell}" for head, cell in zip(heads, others, strict=True)]
            if len(others) > 1
            else others
        )
        return f"  {first}: {', '.join(told)}"

    def _repr_html_(self) -> str:
        # Where JupyterLab takes style and picture away, as in a notebook that is not trusted yet, title and
        # numbers remain.
        about = f'<p class="about">{markup(clean(self.about))}</p>' if self.about else ""
        return page(
            f'<p class="says">{markup(clean(self.title))}</p>{about}'
            f'<div class="scroll">{self._picture()}</div>'
            f"<details><summary>the numbers</summary>{self.table.markup(caption=False)}</details>",
            "table",
            "plot",
        )


def _render(draw: Callable[[Axes], object], height: float) -> str:
    """Draw with matplotlib; give width, height and the content of an SVG, its colours as CSS variables."""
    # Imported here: it takes a second, and most cells draw nothing.
    with named():
        from matplotlib.figure import Figure
        from matplotlib.style import context

    # On matplotlib's own defaults: a matplotlibrc of the reader's would show through the style.
    with context(str(files(_SHEET) / "style" / "lab.mplstyle"), after_reset=True):
        figure = Figure()
        width = figure.get_figwidth() * 72
        figure.set_size_inches(width / 72, height / 72)
        axes = figure.add_subplot()
        axes.locator_params(nbins=6)
        draw(axes)
        finish(axes)
        file = io.StringIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    body = file.getvalue().partition("</style>")[2].partition("</defs>")[2].rpartition("</svg>")[0]
    for pattern, instead in _HUSK:
        body = re.sub(pattern, instead, body, flags=re.DOTALL)
    for colour, name in _variables().items():
        body = body.replace(colour, f"var(--{name})")
    return f"{width:g} {height:g} {body.strip()}"


def _variables() -> dict[str, str]:
    """Read the light palette of the style sheets: {"#006aa6": "session", …}."""
    found = re.findall(r"--([\w-]+):[^;]*?light-dark\((#\w+),", style("base", "plot"))
    full = {
        name: colour if len(colour) == 7 else f"#{''.join(c * 2 for c in colour[1:])}"
        for name, colour in found
    }
    return {colour: name for name, colour in full.items()}
