"""The JSON Schemas of bodies and answers: requests are checked against them, /openapi.json shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from labserver.errors import InvalidGrant, InvalidTarget, UnsupportedTokenType

Schema = dict[str, Any]
OAUTH_ERRORS = (InvalidGrant, InvalidTarget, UnsupportedTokenType)


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


def obj(**properties: Schema) -> Schema:
    """Describe an answer that has exactly these members."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def many(items: Schema) -> Schema:
    """Describe a list."""
    return {"type": "array", "items": items}


def ref(name: str) -> Schema:
    """Point to a schema of the list below."""
    return {"$ref": f"#/components/schemas/{name}"}


TEXT, NUMBER, SECONDS = {"type": "string"}, {"type": "number"}, {"type": "integer"}
DEVICE = obj(handle=TEXT, created=NUMBER, last_used=NUMBER, current={"type": "boolean"})
SCHEMAS: dict[str, Schema] = {
    "User": obj(username=TEXT, role=TEXT, email=TEXT),
    "LoggedIn": obj(user=ref("User"), csrf_token=TEXT, expires_in=SECONDS),
    "Profile": obj(user=ref("User")),
    "Me": obj(user=ref("User"), expires_in=SECONDS),
    "Admin": obj(user=ref("User"), users=many(TEXT)),
    "Cart": obj(cart=many(TEXT)),
    "Sessions": obj(sessions=many(DEVICE)),
    "RefreshFamilies": obj(families=many(DEVICE)),
    "Pair": obj(access_token=TEXT, token_type={"const": "Bearer"}, expires_in=SECONDS, refresh_token=TEXT),
    "BearerLogin": obj(
        user=ref("User"), expires_in=SECONDS, access_token=TEXT, token_type={"const": "Bearer"}
    ),
    "Jwks": obj(keys=many({"type": "object"})),
    "Health": obj(status=TEXT),
    "Problem": {
        **obj(
            type={"const": "about:blank"},
            title=TEXT,
            status={"type": "integer"},
            detail=TEXT,
            code=TEXT,
            error=one_of(error.code for error in OAUTH_ERRORS),
        ),
        "required": ["type", "title", "status", "detail", "code"],
    },
}
