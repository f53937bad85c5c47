"""A timing-safe secret: compared in constant time it is plain text, by `==` it cries out."""

from __future__ import annotations

import copy
import hmac
from collections.abc import Callable

import pytest

from labserver.kit.exercises.timing_safe import ComparedByEquals, TimingSafeStr

LEAKS: list[Callable[[TimingSafeStr, str], bool]] = [
    lambda secret, guess: secret == guess,
    lambda secret, guess: guess == secret,
    lambda secret, guess: secret != guess,
    lambda secret, guess: secret in (guess,),
    lambda secret, guess: secret.encode() == guess.encode(),
    lambda secret, guess: guess.encode("ascii") != secret.encode("ascii"),
]


@pytest.mark.parametrize("guess", ["k7Qx9f", "k7Qx9g", "k"])
@pytest.mark.parametrize("compare", LEAKS)
def test_a_comparison_that_takes_its_time_is_noticed(compare: Callable[..., bool], guess: str) -> None:
    with pytest.raises(ComparedByEquals):
        compare(TimingSafeStr("k7Qx9f"), guess)


def test_all_else_goes_as_with_any_text() -> None:
    secret = TimingSafeStr("k7Qx9f")
    assert hmac.compare_digest(secret, "k7Qx9f")
    assert hmac.compare_digest(secret.encode(), b"k7Qx9f")
    assert not hmac.compare_digest(secret.encode(), b"k7Qx9g")
    assert secret and len(secret) == 6 and repr(secret) == "'k7Qx9f'" and hash(secret) == hash("k7Qx9f")
    assert secret != "" and secret.encode() != b"" and secret is not None


def test_the_check_itself_may_compare_copies() -> None:
    secret = TimingSafeStr("k7Qx9f")
    other = copy.deepcopy(secret)
    assert type(other) is TimingSafeStr and other == secret and other.encode() == secret.encode()
    assert TimingSafeStr("k7Qx9g") != secret
