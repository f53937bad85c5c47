"""Accounts: Argon2id, one answer for every failure, and a guesser who is slowed down."""

from __future__ import annotations

from pathlib import Path

import argon2
import pytest

from labserver.auth import users as module
from labserver.auth.throttle import Throttle
from labserver.auth.users import Users, check_password, random_password
from labserver.errors import InvalidCredentials, InvalidRequest, TooManyTries
from labserver.storage.database import Database
from tests.unit.conftest import Race, StoppedClock

GOOD = "a quite private word"
ODD = ["contrasen\u0303a", "e\u0301" * 7, "with a\ttab in it", "with a \x00 in it", "half a pair \ud83d"]


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(tmp_path / "accounts.db", module.SCHEMA)


@pytest.fixture
def users(database: Database, clock: StoppedClock) -> Users:
    everybody = Users(database, clock)
    everybody.add("ada", GOOD)
    return everybody


def test_who_knows_the_password_gets_in(users: Users) -> None:
    assert users.authenticate("ada", GOOD).profile() == {
        "username": "ada",
        "role": "user",
        "email": "ada@example.org",
    }


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ada", "wrong"),
        ("ada", ""),
        ("ada", GOOD + " "),
        ("ada", GOOD.upper()),
        ("ADA", GOOD),
        ("nobody", GOOD),
    ],
)
def test_every_failure_is_the_same(users: Users, name: str, password: str) -> None:
    with pytest.raises(InvalidCredentials) as failure:
        users.authenticate(name, password)
    assert failure.value.sentence == InvalidCredentials.detail


def test_a_disabled_user_fails_in_the_same_way(users: Users) -> None:
    users.set_disabled("ada", True)
    with pytest.raises(InvalidCredentials):
        users.authenticate("ada", GOOD)


def test_an_unknown_name_costs_a_check_too(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[str] = []
    monkeypatch.setattr(users, "_matches", lambda hashed, password: checked.append(hashed))
    for name in ("ada", "nobody"):
        with pytest.raises(InvalidCredentials):
            users.authenticate(name, "wrong")
    assert len(checked) == 2
    assert len({hashed.rsplit("$", 2)[0] for hashed in checked}) == 1, "at the same cost"


def test_passwords_are_kept_as_argon2id(users: Users) -> None:
    user = users.find("ada")
    assert user is not None
    cost = argon2.extract_parameters(user.password)
    assert cost.type is argon2.Type.ID
    assert cost.memory_cost >= 19 * 1024
    assert cost.time_cost >= 2
    assert GOOD not in user.password


def test_an_outdated_hash_is_renewed_at_login(users: Users, database: Database) -> None:
    weak = argon2.PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(GOOD)
    database.change("UPDATE users SET password = ?", (weak,))
    users.authenticate("ada", GOOD)
    user = users.find("ada")
    assert user is not None
    assert argon2.extract_parameters(user.password).memory_cost >= 19 * 1024
    users.authenticate("ada", GOOD)


def test_a_wrong_password_beside_a_right_one_stays_wrong(users: Users, race: Race) -> None:
    """With nothing recorded, all threads share what stands in for a step: it must not carry a verdict."""
    users.add("grace", GOOD)
    for _ in range(4):
        results = race(
            lambda number: users.authenticate(*(("grace", GOOD) if number % 2 else ("ada", "wrong"))).username
        )
        assert results[1::2] == ["grace"] * 4
        assert all(isinstance(result, InvalidCredentials) for result in results[::2])
        users._throttle.clear("ada")


def test_a_changed_password_or_a_closed_account_is_noticed(users: Users) -> None:
    user = users.authenticate("ada", GOOD)
    assert users.still_valid(user)
    users.set_password("ada", "another private word")
    assert not users.still_valid(user)
    user = users.authenticate("ada", "another private word")
    users.set_disabled("ada", True)
    assert not users.still_valid(user)


@pytest.mark.parametrize(
    "password", ["", "1234567", "password", "PASSWORD1", "12345678", "i-am-ada-1815", "x" * 300, *ODD]
)
def test_a_poor_password_is_refused(password: str) -> None:
    with pytest.raises(InvalidRequest):
        check_password(password, "ada")


@pytest.mark.parametrize(
    "password", ["zq7#mv2k", "eight eight", "x" * 64, "y" * 256, "пароль-из-слов", "   spaces   "]
)
def test_no_rule_about_characters(password: str) -> None:
    check_password(password, "ada")


@pytest.mark.parametrize("name", ["", "Ada", "a b", "a/b", "ä", "1ada", "a" * 33, "a\n", "a'--"])
def test_a_name_is_plain(users: Users, name: str) -> None:
    with pytest.raises(InvalidRequest):
        users.add(name, GOOD)


def test_a_name_is_given_once(users: Users) -> None:
    with pytest.raises(InvalidRequest, match="already"):
        users.add("ada", "another private word")
    users.authenticate("ada", GOOD)


def fail(users: Users, name: str, times: int) -> None:
    for _ in range(times):
        with pytest.raises(InvalidCredentials):
            users.authenticate(name, "wrong")


def test_guessing_is_slowed_down(users: Users, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_matches", lambda hashed, password: password == GOOD)
    users.add("grace", GOOD)
    fail(users, "ada", Throttle.FREE)
    waits = []
    for _ in range(8):
        with pytest.raises(TooManyTries) as raised:
            users.authenticate("ada", GOOD)
        assert raised.value.retry_after is not None
        waits.append(raised.value.retry_after)
        clock.time += raised.value.retry_after - 1 - 1e-3
        with pytest.raises(TooManyTries):
            users.authenticate("ada", GOOD)
        clock.time += 1.5
        fail(users, "ada", 1)
    assert waits == pytest.approx([30, 60, 120, 240, 480, 900, 900, 900], abs=1.001)
    users.authenticate("grace", GOOD)
    clock.time += waits[-1] * 2
    users.authenticate("ada", GOOD)
    fail(users, "ada", Throttle.FREE)


def test_tries_are_forgotten_after_a_while(
    users: Users, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(users, "_matches", lambda hashed, password: False)
    fail(users, "ada", Throttle.FREE - 1)
    clock.time += Throttle.FORGET + 1
    fail(users, "ada", Throttle.FREE)


def test_a_new_user_needs_a_role_that_is_known_and_a_password_that_will_do(users: Users) -> None:
    with pytest.raises(InvalidRequest, match="role"):
        users.add("grace", GOOD, "root")
    with pytest.raises(InvalidRequest, match="password"):
        users.add("grace", "short")
    assert users.find("grace") is None


def test_unknown_names_are_slowed_down_as_well(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(users, "_matches", lambda hashed, password: False)
    fail(users, "nobody", Throttle.FREE)
    with pytest.raises(TooManyTries):
        users.authenticate("nobody", "wrong")


def test_a_free_try_that_was_overtaken_stays_free(users: Users, clock: StoppedClock) -> None:
    """Of two tries at once, the one that looked at the clock first may be counted last."""
    fail(users, "ada", 1)
    clock.time -= 0.001
    assert users.authenticate("ada", GOOD).username == "ada"


def test_many_guesses_at_once_are_not_more_guesses(
    users: Users, race: Race, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[str] = []

    def wrong(hashed: str, password: str) -> bool:
        checked.append(password)
        return False

    monkeypatch.setattr(users, "_matches", wrong)
    for _ in range(3):
        race(lambda _: users.authenticate("ada", "wrong"))
    assert len(checked) == Throttle.FREE


def test_a_random_password_will_do_for_any_name() -> None:
    drawn = {random_password() for _ in range(1000)}
    assert len(drawn) == 1000
    for password in drawn:
        assert len(password) == 20
        for name in "abcdefghijklmnopqrstuvwxyz":  # whatever a name is, it begins with one of these
            check_password(password, name)


def test_a_guesser_who_never_stops_waits_15_minutes_each_time(users: Users, clock: StoppedClock) -> None:
    """Eleven days of it, and the wait, which doubles, would be a number that no float holds."""
    for _ in range(1100):
        users._throttle.count("ada")
        clock.time += Throttle.LONGEST_WAIT
    users._throttle.count("ada")
    with pytest.raises(TooManyTries) as refused:
        users._throttle.count("ada")
    assert refused.value.retry_after == Throttle.LONGEST_WAIT + 1
