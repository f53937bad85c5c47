"""Find which file beside a notebook hides a package: `requests.py` is what `import requests` finds first.

`os` and `sys` are all it needs: they are loaded before any file can hide something.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import PathFinder

_OURS = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


@contextmanager
def named() -> Iterator[None]:
    """Import something; raise ImportError with the name of the file that was in the way, if one was."""
    try:
        yield
    except (Exception, SystemExit) as error:  # whatever a learner's own program does when it is imported
        for file in suspects(error):
            if package := hidden(file):
                raise ImportError(
                    f"{file} hides the package {package!r}, which the lab needs, as Python looks in a "
                    "notebook's own folder first: give the file another name, restart the kernel, and run "
                    "the cell again.",
                    name=package,
                    path=file,
                ) from None
        raise


def suspects(error: BaseException) -> Iterator[str]:
    """Yield the files in which an import failed, then all that are imported."""
    for attribute in ("path", "filename"):  # of ImportError and SyntaxError
        if isinstance(file := getattr(error, attribute, None), str):
            yield file
    trace = error.__traceback__
    while trace:
        yield trace.tb_frame.f_code.co_filename
        trace = trace.tb_next
    for module in list(sys.modules.values()):
        if isinstance(file := getattr(module, "__file__", None), str):
            yield file


def hidden(file: str) -> str | None:
    """Return the name of the package that this file hides: one that stands later on Python's path."""
    folder, name = os.path.split(os.path.abspath(file))
    if name == "__init__.py":
        folder, name = os.path.split(folder)
    name = name.removesuffix(".py")
    path = [os.path.abspath(place) for place in sys.path]
    if folder not in path or os.path.basename(folder) in ("site-packages", "dist-packages"):
        return None
    if folder == os.path.dirname(os.path.abspath(os.__file__)):  # Python's own
        return None
    if folder == _OURS and os.path.isdir(os.path.join(folder, name)):  # a clone beside an installed lab
        return None
    later = [place for place in path[path.index(folder) + 1 :] if place != folder]
    if name in sys.stdlib_module_names or PathFinder.find_spec(name, later):
        return name
    return None
