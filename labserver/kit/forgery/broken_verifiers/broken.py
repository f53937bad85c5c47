"""What all broken verifiers have in common: one fault, and the forgeries that get past it."""

from __future__ import annotations

from typing import ClassVar

from labserver.kit.forgery.reference_verifier import ReferenceVerifier

BROKEN: dict[str, Broken] = {}
"""One of each kind, by its name."""


class Broken(ReferenceVerifier):
    """A verifier with one fault. `lets_in` names the forgeries that get past it; a crash counts."""

    lets_in: ClassVar[set[str]] = set()

    def __init_subclass__(cls) -> None:
        BROKEN[cls.__name__] = cls()
