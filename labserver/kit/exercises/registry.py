"""Find what the modules of a folder register, so that adding a module is all it takes."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Protocol


class Named(Protocol):
    """What can be registered: it has a name, and belongs to a notebook."""

    @property
    def name(self) -> str:
        """Its name, as in "02-is-live"."""

    @property
    def notebook(self) -> str:
        """The number of its notebook, as in "02"."""


def collect(package: str, folders: Iterable[str], attribute: str) -> dict[str, Any]:
    """Join the tuples called `attribute` of all modules of a package, in the order of the notebooks.

    Raises ValueError where two have the same name.
    """
    modules = [import_module(f"{package}.{found.name}") for found in pkgutil.iter_modules(folders)]
    every: list[Named] = [one for module in modules for one in getattr(module, attribute)]
    names = {one.name: one for one in sorted(every, key=lambda one: one.notebook)}
    if len(names) != len(every):
        raise ValueError(f"two {attribute} have the same name")
    return names
