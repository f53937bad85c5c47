"""HTML and its style sheets: Jinja templates, escaped by themselves, without line ends of their own."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from labserver.kit.display.shapes import mask

_HERE = files("labserver.kit.display")


def render(template: str, **values: Any) -> str:
    """Fill a template of `templates/`. Values are escaped, except what has an `__html__` method."""
    return _environment().get_template(template).render(values)


@cache
def style(*names: str) -> str:
    """Read style sheets of ours, without their comments and line ends."""
    text = "".join((_HERE / "style" / f"{name}.css").read_text("utf-8") for name in names)
    return re.sub(r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))


@cache
def _environment() -> Environment:
    environment = Environment(loader=FunctionLoader(_read), autoescape=True, undefined=StrictUndefined)
    environment.globals.update(style=style, mask=mask)
    return environment


def _read(name: str) -> str:
    """Read a template. Its lines are joined without their indentation: it is there for the reader only."""
    return "".join(map(str.strip, (_HERE / "templates" / name).read_text("utf-8").splitlines()))
