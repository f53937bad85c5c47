"""What to do when a cell fails because it was run out of order: a notebook shows it below the error.

A learner runs cells again, goes back, leaves one out. Then a name is missing, a key, or an assert does not
hold, and the traceback alone does not say that nothing is broken.
"""

from __future__ import annotations

from types import TracebackType
from typing import Any

from labserver.kit.display.progress import notebook_shell
from labserver.kit.failures import ControlRefused

OUT_OF_TURN = (
    "If a cell was run out of its turn, or changed: select this one, choose "
    "Run > Run All Above Selected Cell, and run it again."
)
KINDS = (AssertionError, KeyError, NameError, ConnectionError, ControlRefused)


def advise() -> None:
    """Let a notebook's errors of these kinds say what to do; elsewhere do nothing."""
    shell = notebook_shell()
    if shell is not None:
        shell.set_custom_exc(KINDS, _show)


def _show(
    shell: Any,
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    """Show the error as always, with the advice as its note (PEP 678)."""
    error.add_note(OUT_OF_TURN)
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)
