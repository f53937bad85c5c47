"""The sequence diagram of one exchange or several: who talked to whom, in order, taken from the traces."""

from __future__ import annotations

from typing import Any

import requests

from labserver.kit.display.drawing import draw
from labserver.kit.display.formatting import clean, markup, page, plain, style
from labserver.kit.display.steps import LANES, steps_of
from labserver.kit.processes.client import client_of, is_attackers


class Diagram:
    """A sequence diagram. Shows itself as SVG; `print` gives numbered lines, `svg` a file's content."""

    def __init__(self, exchanges: list[tuple[requests.Response, dict[str, Any]]]) -> None:
        self._clients: dict[str, bool] = {}
        for response, _ in exchanges:
            name = clean(client_of(response))
            self._clients[name] = self._clients.get(name, False) or is_attackers(response)
        self.steps = [
            step for number, exchange in enumerate(exchanges, 1) for step in steps_of(number, *exchange)
        ]
        met = {name for step in self.steps for name in (step.source, step.target)}
        self._parties = [title for title in LANES.values() if title in met or title == "server"]

    @property
    def title(self) -> str:
        """Say in one line what the picture shows."""
        pairs = [
            f"{step.source} asks {step.lines[0]}"
            if step.sort == "request"
            else f"is answered {step.lines[0]}"
            for step in self.steps
            if step.sort in ("request", "answer")
        ]
        return plain(
            "; ".join(f"{ask} and {answer}" for ask, answer in zip(pairs[::2], pairs[1::2], strict=True))
        )

    @property
    def svg(self) -> str:
        """Give the picture as a file of its own, for light and dark."""
        return (
            self._picture()
            .replace("<svg", '<svg xmlns="http://www.w3.org/2000/svg"', 1)
            .replace("</title>", f"</title><style>{style('base', 'diagram')}</style>", 1)
        )

    def _picture(self) -> str:
        return draw(self._clients, self._parties, self.steps, self.title, str(self)).svg

    def __repr__(self) -> str:
        heads = [s.source if s.source == s.target else f"{s.source} → {s.target}" for s in self.steps]
        wide = max(map(len, heads), default=0)
        lines = [
            f"{number:>2}  {head:<{wide}}  {plain(step.text)}"
            for number, (head, step) in enumerate(zip(heads, self.steps, strict=True), 1)
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        # The style sheet hides the text. Where JupyterLab takes style and picture away, as in a notebook that
        # is not trusted yet, the text is what remains.
        words = f'<pre class="alt">{markup(str(self))}</pre>'
        return page(f'<div class="scroll">{self._picture()}</div>{words}', "diagram")
