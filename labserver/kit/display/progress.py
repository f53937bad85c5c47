"""What long work shows while it runs: a progress bar, and below it what is known so far.

    with Live() as live:
        for number, point in enumerate(points):
            live.show(number / len(points), f"{point.users} users", picture_of(points))

In a notebook it is one output that changes in place and is empty at the end, so that what is kept, and
compared by nbval, is the cell's result alone. In a terminal it is a line that rewrites itself; elsewhere
nothing is shown.
"""

from __future__ import annotations

import secrets
import sys
import time
from functools import partial
from types import TracebackType
from typing import Any, Self

from markupsafe import Markup

from labserver.kit.display.html import render

OFTEN = 0.15
"""Seconds between two pictures: a browser that is shown more falls behind."""

WIDE = 30
"""Characters of a bar in plain text."""
_EMPTY = Markup()
_NOTHING = {"text/plain": "", "text/html": ""}


class Live:
    """Show progress in place until the `with` block ends."""

    def __init__(self) -> None:
        self._publish: Any = None
        self._latest = float("-inf")
        self._terminal = False

    def show(self, fraction: float, words: str, body: Markup = _EMPTY) -> None:
        """Show how much is done (0 to 1), in words what is going on, and a picture below."""
        now = time.monotonic()
        if now - self._latest < OFTEN:
            return
        self._latest = now
        line = text_bar(fraction, words)
        if self._publish is not None:
            page = render("progress.html", percent=round(100 * fraction), words=words, body=body)
            self._publish({"text/plain": line, "text/html": page}, update=True)
        elif self._terminal:
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)

    def __enter__(self) -> Self:
        shell = notebook_shell()
        if shell:
            self._publish = partial(shell.display_pub.publish, transient={"display_id": secrets.token_hex(8)})
            self._publish(_NOTHING)
        else:
            self._terminal = sys.stderr.isatty()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._publish is not None:
            self._publish(_NOTHING, update=True)
        elif self._terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def notebook_shell() -> Any:
    """Return the IPython shell if outputs go to a notebook: there is one, and it belongs to a kernel."""
    ipython = sys.modules.get("IPython")  # not imported: who is in a notebook has it
    shell = ipython.get_ipython() if ipython else None
    return shell if hasattr(shell, "kernel") else None


def text_bar(fraction: float, words: str) -> str:
    """Write a progress bar in characters."""
    filled = round(WIDE * min(max(fraction, 0.0), 1.0))
    return f"[{'#' * filled}{'.' * (WIDE - filled)}] {words}"
