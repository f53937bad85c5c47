"""A formula as text, from which both what is shown and the number come.

    evaluate("users × requests_a_day × peak / 86,400", {"users": 1e8, "requests_a_day": 50.0, "peak": 3.0})

There are numbers, names, + - × /, brackets, max(…), min(…), and up(…), which rounds up to a whole number.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Mapping
from functools import cache

_OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_FUNCTIONS: dict[str, Callable[..., float]] = {"max": max, "min": min, "up": math.ceil}


def evaluate(text: str, names: Mapping[str, float]) -> float:
    """Compute a formula. Raises KeyError for an unknown name, ValueError for what is no formula."""
    return _value(_parsed(text), names)


@cache
def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(re.sub(r"(?<=\d),(?=\d{3})", "", text).replace("×", "*"), mode="eval").body
    except SyntaxError:
        raise ValueError(f"this is no formula: {text}") from None


def _value(part: ast.expr, names: Mapping[str, float]) -> float:
    match part:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name):
            return names[name]
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return float(_OPERATORS[type(op)](_value(left, names), _value(right, names)))
        case ast.Call(func=ast.Name(id=name), args=parts, keywords=[]) if name in _FUNCTIONS:
            return float(_FUNCTIONS[name](*(_value(each, names) for each in parts)))
    raise ValueError(f"a formula has no {ast.unparse(part)!r}")
