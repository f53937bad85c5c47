"""A timing-safe string: a secret that notices how it is compared, for code that compares secrets."""

from __future__ import annotations


class ComparedByEquals(Exception):
    """A secret was compared with `==`, or with `in`, which stop at the first difference."""

    def __init__(self) -> None:
        super().__init__("the secret was compared by ==, != or in")


class TimingSafeStr(str):
    """Text that may be compared by `hmac.compare_digest` only, or with the empty string.

    Raises ComparedByEquals otherwise.
    """

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, str) and other and not isinstance(other, TimingSafeStr):
            raise ComparedByEquals
        return str.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> TimingSafeBytes:
        """Encode it, still timing-safe."""
        return TimingSafeBytes(super().encode(encoding, errors))


class TimingSafeBytes(bytes):
    """The same for bytes."""

    __slots__ = ()
    __hash__ = bytes.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, bytes) and other and not isinstance(other, TimingSafeBytes):
            raise ComparedByEquals
        return bytes.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        return not self == other
