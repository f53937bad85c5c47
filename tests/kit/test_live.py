"""Progress that shows while a cell runs, and leaves nothing behind."""

from __future__ import annotations

import io
import sys
from typing import Any

import pytest
from nbclient import NotebookClient
from nbformat import v4

from labserver.kit.display import progress
from labserver.kit.display.progress import Live, text_bar

CELL = """
from markupsafe import Markup
from labserver.kit.display.progress import Live
with Live() as bar:
    for part in (0.25, 0.5):
        bar.show(part, "<b> & so on", Markup("<p>half</p>"))
        bar._latest = -1
'the result'
"""


def test_a_bar_in_characters() -> None:
    assert text_bar(0.5, "4 users") == f"[{'#' * 15}{'.' * 15}] 4 users"
    assert text_bar(2, "x") == f"[{'#' * 30}] x"
    assert text_bar(-1, "x") == f"[{'.' * 30}] x"


class Watched(NotebookClient):
    """A client that keeps every message about outputs, as nbval gets them."""

    seen: list[tuple[str, dict[str, str]]]

    def process_message(self, msg: Any, cell: Any, cell_index: int) -> Any:
        if "data" in msg.get("content", {}):
            self.seen.append((msg["msg_type"], msg["content"]["data"]))
        return super().process_message(msg, cell, cell_index)


def test_in_a_notebook_it_changes_in_place_and_leaves_an_empty_output() -> None:
    notebook = v4.new_notebook(cells=[v4.new_code_cell(CELL)])  # type: ignore[no-untyped-call]
    client = Watched(notebook, kernel_name="python3", timeout=120)
    client.seen = []
    client.execute()
    kinds = [kind for kind, _ in client.seen]
    assert kinds == ["display_data", *["update_display_data"] * 3, "execute_result"]
    shown = client.seen[1][1]
    assert shown["text/plain"] == text_bar(0.25, "<b> & so on")
    assert "&lt;b&gt; &amp; so on" in shown["text/html"]
    assert '<progress value="25" max="100">25 %</progress>' in shown["text/html"]
    assert "<p>half</p>" in shown["text/html"]
    kept, result = notebook.cells[0].outputs
    assert kept.data == client.seen[0][1] == {"text/plain": "", "text/html": ""}  # what nbval compares
    assert result.data["text/plain"] == "'the result'"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_in_a_terminal_it_is_one_line_that_goes_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "OFTEN", 0)
    monkeypatch.setattr(sys, "stderr", said := Terminal())
    with Live() as bar:
        bar.show(0.5, "half")
    assert said.getvalue() == f"\r\033[K{text_bar(0.5, 'half')}\r\033[K"


def test_elsewhere_it_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    with Live() as bar:
        bar.show(0.5, "half")
    assert capsys.readouterr() == ("", "")


def test_it_goes_away_if_the_block_fails_and_is_not_shown_too_often(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(progress, "OFTEN", 3600)
    monkeypatch.setattr(sys, "stderr", said := Terminal())
    with pytest.raises(ZeroDivisionError), Live() as bar:
        bar.show(0.1, "one")
        bar.show(0.2, "two")
        1 / 0  # noqa: B018
    assert "two" not in said.getvalue()
    assert said.getvalue().endswith("\r\033[K")
