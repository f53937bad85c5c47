"""Verifiers that read the text of a token carelessly."""

from __future__ import annotations

import base64
import json
from typing import Any, ClassVar

from labserver.kit.forgery.broken_verifiers.broken import Broken
from labserver.kit.forgery.reference_verifier import Fields


class IgnoresTheUnknown(Broken):
    """What the header says besides alg, kid and typ is passed over."""

    lets_in: ClassVar = {"strange_header"}

    def check_header(self, header: Fields) -> None:
        super().check_header({name: header[name] for name in ("alg", "kid", "typ") if name in header})


class TakesTheLastOfTwo(Broken):
    """A name that comes twice is no problem, the last one counts."""

    lets_in: ClassVar = {"duplicate_names"}

    def join(self, pairs: list[tuple[str, Any]]) -> Fields:
        return dict(pairs)


class ForgivesSpelling(Broken):
    """Base64 is read as Python reads it: padding, stray bits and strange characters are forgiven."""

    lets_in: ClassVar = {"another_spelling"}

    def decode(self, part: str) -> bytes:
        return base64.urlsafe_b64decode(part + "==")


class IgnoresFurtherParts(Broken):
    """The first three parts are read, whatever comes after them."""

    lets_in: ClassVar = {"more_parts"}

    def split(self, token: str) -> list[str]:
        return super().split(".".join(token.split(".")[:3]))


class CountsOnThreeParts(Broken):
    """That there are three parts is taken for granted."""

    lets_in: ClassVar = {"garbage"}

    def split(self, token: str) -> list[str]:
        parts = token.split(".")
        return [parts[0], parts[1], parts[2]] if len(parts) < 3 else super().split(token)


class ReadsAnyLength(Broken):
    """A token may be as long as it likes."""

    lets_in: ClassVar = {"too_long"}

    def split(self, token: str) -> list[str]:
        parts = token.split(".")
        return parts if len(parts) == 3 else super().split(token)


class CountsOnAnObject(Broken):
    """That the JSON is an object is taken for granted."""

    lets_in: ClassVar = {"no_object"}

    def read_json(self, data: bytes) -> Fields:
        fields: Fields = json.loads(data.decode(), object_pairs_hook=self.join)
        return fields


class CountsOnText(Broken):
    """That a kid is text is taken for granted."""

    lets_in: ClassVar = {"odd_kid"}

    def check_header(self, header: Fields) -> None:
        super().check_header(header | ({"kid": "text"} if "kid" in header else {}))
