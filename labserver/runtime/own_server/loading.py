"""Load a learner's file, and say which of its lines is wrong."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType, ModuleType, TracebackType
from typing import Any

NAME = "own_server_file"
"""The file's name as a module: not `__main__`, so that its last lines do not start a second server."""


class FileUnusable(Exception):
    """The file makes no server. The text says why, and in which line."""


@dataclass(frozen=True)
class OwnFile:
    """A learner's file: its name, where it is, and its text."""

    name: str
    path: str
    source: str

    def app(self, passwords: Mapping[str, str]) -> Callable[..., Any]:
        """Run the file and call its `create_app`. Raises FileUnusable."""
        module = ModuleType(NAME)
        module.__file__ = self.path
        sys.modules[NAME] = module  # Flask and dataclasses look their module up here
        try:
            exec(compile(self.source, self.path, "exec"), module.__dict__)  # noqa: S102 - what we are for
            create_app = getattr(module, "create_app", None)
            if not callable(create_app):
                raise FileUnusable(f"{self.name} has no function create_app(passwords)")
            app = create_app(dict(passwords))
        except FileUnusable:
            raise
        except BaseException as error:
            raise FileUnusable(self.explain(error)) from error
        if not callable(app):
            raise FileUnusable(
                f"create_app of {self.name} returned {app!r} and no app: is its last line `return app`?"
            )
        return app  # type: ignore[no-any-return]

    def explain(self, error: BaseException) -> str:
        """Say what went wrong, with the file's own line."""
        kind, text = type(error).__name__, str(error)
        if isinstance(error, SyntaxError) and error.filename == self.path:
            kind, text, number = "SyntaxError", error.msg, error.lineno
        else:
            number = self.line_of(error.__traceback__)
        said = f"{kind}: {text}" if text else kind
        return f"{self.name}, {self.line(number)}: {said}" if number else f"{self.name}: {said}"

    def line_of(self, traceback: TracebackType | None) -> int | None:
        """Return the number of the innermost line that is the file's own."""
        number = None
        while traceback is not None:
            if traceback.tb_frame.f_code.co_filename == self.path:
                number = traceback.tb_lineno
            traceback = traceback.tb_next
        return number

    def line_at(self, frame: FrameType | None) -> int | None:
        """Return the number of the line of the file at which a thread is."""
        while frame is not None:
            if frame.f_code.co_filename == self.path:
                return frame.f_lineno
            frame = frame.f_back
        return None

    def line(self, number: int) -> str:
        """Write a line with its number, as in "line 12 (`return app`)"."""
        lines = self.source.splitlines()
        text = lines[number - 1].strip() if number <= len(lines) else ""
        return f"line {number} (`{text}`)" if text else f"line {number}"
