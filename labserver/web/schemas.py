"""Schemas of bodies and answers, as JSON Schema says them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    pass

Schema = dict[str, Any]


def body_schema(**fields: Schema) -> Schema:
    """Describe a JSON object; a field whose schema has a `default` may be left out."""
    required = [name for name, schema in fields.items() if "default" not in schema]
    return {"type": "object", "properties": fields, "required": required}


def text(most: int, least: int = 1, **more: Any) -> Schema:
    """Describe a string by its length in characters."""
    return {"type": "string", "minLength": least, "maxLength": most, **more}


def one_of(values: Iterable[str]) -> Schema:
    """Describe a choice."""
    return {"type": "string", "enum": list(values)}
