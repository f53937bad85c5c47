"""The sequence diagram of one exchange or several: who talked to whom, in order, taken from the traces."""

from __future__ import annotations

import requests

from labserver.formats.reports import TraceReport
from labserver.kit.display.drawing import SMALLEST, draw
from labserver.kit.display.formatting import clean
from labserver.kit.display.html import render
from labserver.kit.display.steps import LANES, steps_of
from labserver.kit.processes.client import client_of, is_attackers


class Diagram:
    """A sequence diagram. Shows itself as SVG; `print` writes numbered lines, `svg` is a file's content."""

    def __init__(self, exchanges: list[tuple[requests.Response, TraceReport]]) -> None:
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
        """What the picture shows, in one line."""
        pairs = [
            f"{step.source} asks {step.lines[0]}"
            if step.sort == "request"
            else f"is answered {step.lines[0]}"
            for step in self.steps
            if step.sort in ("request", "answer")
        ]
        return "; ".join(f"{ask} and {answer}" for ask, answer in zip(pairs[::2], pairs[1::2], strict=True))

    @property
    def svg(self) -> str:
        """The picture as a file of its own, for light and dark."""
        return self._fill("diagram.svg", alone=True)

    def _fill(self, template: str, *, alone: bool) -> str:
        picture = draw(self._clients, self._parties, self.steps)
        return render(
            template, alone=alone, picture=picture, least=SMALLEST, title=self.title, text=str(self)
        )

    def __repr__(self) -> str:
        heads = [s.source if s.source == s.target else f"{s.source} → {s.target}" for s in self.steps]
        wide = max(map(len, heads), default=0)
        lines = [
            f"{number:>2}  {head:<{wide}}  {step.text}"
            for number, (head, step) in enumerate(zip(heads, self.steps, strict=True), 1)
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return self._fill("diagram.html", alone=False)
