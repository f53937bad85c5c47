"""How many requests a second a server answers to a number of users at once: a queue, computed exactly.

Each user sends a request as soon as the last one is answered. A part of that round is spent at the one thing
that serves one request at a time, `service` (here the worker's Python); the rest, `elsewhere`, each user
spends alone: the network, the client, the operating system. Times are in microseconds.

The recursion is mean value analysis (Reiser and Lavenberg, Journal of the ACM 27(2), 1980): a request that
arrives finds the queue as it is, on average, with one user fewer.
"""

from __future__ import annotations


def throughput(users: int, service: float, elsewhere: float) -> float:
    """Return the requests a second of `users` users.

    One alone gets 1 / (service + elsewhere), very many get 1 / service.
    """
    waiting, rate = 0.0, 0.0
    for number in range(1, users + 1):
        answered = service * (1 + waiting)  # the queue found, and then oneself
        rate = number / (answered + elsewhere)
        waiting = rate * answered  # Little's law
    return rate * 1e6


def fit(one: float, users: int, many: float) -> tuple[float, float]:
    """Find (service, elsewhere) from the requests a second of one user and of many.

    If many got no more than one, all of the round is service, and the rate of many decides.
    Raises ValueError for a rate that is not positive, and for fewer than two users.
    """
    if min(one, many) <= 0 or users < 2:
        raise ValueError("a fit wants the rate of one user and the rate of several")
    whole = 1e6 / one
    low, high = 0.0, 1e6 / many
    if high >= whole:
        return high, 0.0
    if many >= throughput(users, 0.0, whole):  # no queue at all
        return 0.0, whole
    for _ in range(60):  # the larger the service, the fewer requests: halve until it fits
        service = (low + high) / 2
        if throughput(users, service, whole - service) > many:
            low = service
        else:
            high = service
    return (low + high) / 2, whole - (low + high) / 2
