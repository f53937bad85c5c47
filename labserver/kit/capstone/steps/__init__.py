"""The steps of the capstone, one module each. The modules are found, not listed; `order` sorts them."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from labserver.kit.capstone.step import Step

ORDER = ("login", "rest", "limits", "origin", "token", "refresh", "denylist", "throttle")
"""The modules, in the order in which the notebook takes them; one that is not named here comes last."""


def _found() -> dict[str, Step]:
    names = [found.name for found in iter_modules(__path__)]
    names.sort(key=lambda name: (ORDER.index(name) if name in ORDER else len(ORDER), name))
    steps: list[Step] = [import_module(f"{__name__}.{name}").STEP for name in names]
    return {step.name: step for step in steps}


STEPS = _found()
"""All steps by name."""


def find(name: str) -> Step:
    """Find a step. Raises ValueError if there is none of this name."""
    if name not in STEPS:
        raise ValueError(f"no step is called {name!r}; there are: {', '.join(STEPS)}")
    return STEPS[name]
