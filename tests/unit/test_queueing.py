"""The queue: exact at both ends, and a fit that finds what made the numbers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from labserver.kit.scaling.queueing import fit, throughput


def test_one_user_waits_for_nobody() -> None:
    assert throughput(1, 300, 700) == pytest.approx(1000)


def test_many_users_keep_the_server_busy() -> None:
    assert throughput(500, 300, 700) == pytest.approx(1e6 / 300, rel=1e-6)


def test_two_users_by_hand() -> None:
    # One alone is at the server for 300 of 1,000 µs, so the second finds 0.3 of a user there.
    assert throughput(2, 300, 700) == pytest.approx(2e6 / (300 * 1.3 + 700))


def test_more_users_get_more_but_never_more_than_the_server_can() -> None:
    rates = [throughput(users, 250, 900) for users in range(1, 40)]
    assert all(more > fewer * (1 - 1e-9) for fewer, more in pairwise(rates))
    assert all(rate < 1e6 / 250 * (1 + 1e-9) for rate in rates)
    assert all(rate <= users * rates[0] * (1 + 1e-9) for users, rate in enumerate(rates, 1))


@pytest.mark.parametrize(("service", "elsewhere"), [(300, 700), (50, 5000), (900, 100), (400, 0)])
def test_a_fit_finds_what_made_the_numbers(service: float, elsewhere: float) -> None:
    found = fit(throughput(1, service, elsewhere), 8, throughput(8, service, elsewhere))
    assert found == pytest.approx((service, elsewhere), rel=1e-6, abs=1e-6)


def test_a_fit_takes_numbers_that_no_queue_gives() -> None:
    assert fit(1000, 8, 800) == (1250, 0), "many get less than one: the rate of many decides"
    assert fit(1000, 8, 9000) == (0, 1000), "many get more than as many times one: nobody waits"


@pytest.mark.parametrize(("one", "users", "many"), [(0, 8, 1), (1, 8, 0), (1, 1, 1)])
def test_a_fit_wants_two_rates(one: float, users: int, many: float) -> None:
    with pytest.raises(ValueError, match="one user and the rate of several"):
        fit(one, users, many)
