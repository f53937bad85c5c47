"""The exercises of 05: from two samples, how large is the difference? And what is wrong with a benchmark?"""

from __future__ import annotations

from typing import Any

from labserver.kit.exercises.case import Case, Exercise

# Forty draws, as 2.5 % of them is one: the lowest and the highest are left out, and no more.
_ROUNDS = 9
_DRAWS = [[(7 * draw + step * (draw % 4 + 1)) % _ROUNDS for step in range(_ROUNDS)] for draw in range(40)]
_ONE_ROUND = [[draw % _ROUNDS] * _ROUNDS for draw in range(40)]
_TWICE = [[draw // 5] * 5 + [draw // 5 + 1] * 4 for draw in range(40)]

_STEADY = [40, 41, 42, 40, 43, 41, 40, 42, 41]
_DRIFTING = [80, 97, 46, 92, 82, 61, 81, 66, 96]

_INTERVAL = Exercise(
    name="05-interval",
    call="interval(a, b, draws)",
    goal="Return (low, high): for each draw the median of b[i] - a[i]; of all these, the middle 95 %.",
    cases=(
        Case(
            (_STEADY, [value + 30 for value in _STEADY], _DRAWS),
            (30, 30),
            "Every round says 30, so no draw can say anything else.",
        ),
        Case(
            ([value + 12 for value in _STEADY], _STEADY, _DRAWS),
            (-12, -12),
            "b is the cheaper one here: b minus a is negative.",
        ),
        Case(
            ([40] * 9, [60, 61, 62, 63, 64, 65, 66, 67, 9000], [list(range(9))] * 40),
            (24, 24),
            "One round out of nine met something else on this machine. A median does not care; a mean would "
            "say 1,015.",
        ),
        Case(
            (_DRIFTING, [88, 105, 57, 102, 90, 69, 91, 77, 107], [list(range(9))] * 40),
            (10, 10),
            "The machine was now slow, now fast, for both alike. Within one round the two are neighbours: "
            "take the difference there, and that is gone.",
        ),
        Case(
            ([0] * 9, [0, 10, 20, 30, 40, 50, 60, 70, 80], _TWICE),
            (0, 70),
            "A round may be drawn several times, and counts as often: that is how a draw says what another "
            "run might have shown.",
        ),
        Case(
            ([0] * 9, list(range(9)), [*[[4] * 9] * 150, *[[8] * 9] * 50]),
            (4, 8),
            "There may be any number of draws.",
        ),
        Case(
            ([0] * 9, list(range(9)), [[0] * 9, *[[4] * 9] * 38, [8] * 9]),
            (4, 4),
            "Of forty, the lowest and the highest are left out: 2.5 % on either side.",
        ),
        Case(
            ([0] * 9, list(range(9)), [*[[0] * 9] * 2, *[[4] * 9] * 36, *[[8] * 9] * 2]),
            (0, 8),
            "Of forty, one on either side is left out, and no more: leave out two, and it is no 95 %.",
        ),
        Case(
            ([0] * 9, list(range(9)), _ONE_ROUND),
            (0, 8),
            "The interval is of the medians, and they come in no order: sort them first.",
        ),
    ),
    done="This matters because a difference without its interval may be noise: if 0 lies inside, you "
    "have not seen one. A colleague might do without drawing: for a median, the ranks of both ends follow "
    "from the binomial distribution, as in kit/measurement/stats.py.",
)


def _work(check: str, **other: int) -> dict[str, Any]:
    return {"check": check, "requests": 400, "connections": 1, "store_writes": 0, "answer_bytes": 120} | other


def _report(clock: str = "server", order: str = "interleaved", **subjects: dict[str, Any]) -> dict[str, Any]:
    return {"clock": clock, "order": order, "subjects": subjects}


_NONE, _STORE, _SIGNATURE = _work("none"), _work("store"), _work("signature")

_FAULTS = Exercise(
    name="05-faults",
    call="faults(report)",
    goal='Return a list of what is wrong: "no control", "client in the time", "one after the other", '
    '"unequal work"; in this order.',
    cases=(
        Case(
            (_report("client", "blocks", session=_work("store", store_writes=400), token=_SIGNATURE),),
            ["no control", "client in the time", "one after the other", "unequal work"],
            "This one has every fault there is.",
        ),
        Case(
            (_report(nobody=_NONE, session=_STORE, token=_SIGNATURE),),
            [],
            "Nothing is wrong here: an empty list says so.",
        ),
        Case(
            (_report(session=_STORE, token=_SIGNATURE),),
            ["no control"],
            "Without a subject that checks nothing, nobody knows how much of the time is the check.",
        ),
        Case(
            (_report(control=_STORE, session=_STORE, token=_SIGNATURE),),
            ["no control"],
            "The name does not make a control: its check must be `none`.",
        ),
        Case(
            (_report("client", nobody=_NONE, session=_STORE, token=_SIGNATURE),),
            ["client in the time"],
            "A clock in the client times the client above all, control or not.",
        ),
        Case(
            (_report(order="blocks", nobody=_NONE, session=_STORE, token=_SIGNATURE),),
            ["one after the other"],
            "In blocks, whatever else the machine does hits one subject alone.",
        ),
        Case(
            (_report(nobody=_NONE, session=_work("store", connections=400), token=_SIGNATURE),),
            ["unequal work"],
            "One opens a connection for every request, the others keep theirs.",
        ),
        Case(
            (_report(nobody=_work("none", answer_bytes=15), session=_STORE, token=_SIGNATURE),),
            ["unequal work"],
            "The control must do all that the others do, except for the check.",
        ),
        Case(
            (_report(nobody=_NONE, session=_STORE, token=_work("signature", store_writes=1)),),
            ["unequal work"],
            "All subjects are compared, the last one too, and in everything but the check.",
        ),
        Case(
            (
                _report(
                    nobody=_work("none", connections=2, store_writes=2),
                    session=_work("store", connections=2, store_writes=2),
                    token=_work("signature", requests=800, connections=4, store_writes=4),
                ),
            ),
            [],
            "Twice the requests and twice the rest is the same work for each request.",
        ),
        Case(
            (_report(nobody=_NONE, session=_STORE, token=_work("signature", requests=800)),),
            ["unequal work"],
            "The same number of connections for twice the requests is half as many for each.",
        ),
    ),
    done="This matters because each of the four can turn the result round, as part 7 showed with one server. "
    "A colleague might ask a fifth question: how many rounds, and how far apart were they?",
)

EXERCISES = (_INTERVAL, _FAULTS)
