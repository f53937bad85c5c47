"""A secret that notices how it is compared, for checks of code that must not tell it by its timing."""

from __future__ import annotations


class ComparedByEquals(Exception):
    """A secret was compared with `==`, or with `in`, which stop at the first difference."""

    def __init__(self) -> None:
        super().__init__("the secret was compared by ==, != or in")


class TimingSafeStr(str):
    """Text that may be compared by `hmac.compare_digest` only; whether it is empty may be asked anyhow."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str) and other and not isinstance(other, TimingSafeStr):
            raise ComparedByEquals
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> TimingSafeBytes:
        return TimingSafeBytes(super().encode(encoding, errors))


class TimingSafeBytes(bytes):
    """The same as bytes."""

    __slots__ = ()
    __hash__ = bytes.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bytes) and other and not isinstance(other, TimingSafeBytes):
            raise ComparedByEquals
        return bytes.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other
