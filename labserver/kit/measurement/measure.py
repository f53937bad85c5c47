"""Measure which takes longer, and by how much, on a machine that does other things too.

    m = lab.measure({"session": browser.get("/session/me"), "token": app.get("/token/me", headers=bearer)})
    m                                       # the verdict in words, and the picture
    m.compare("session", "token").cheaper   # a name, or None where no difference was seen
    m.median("session"), m.median("session", "end")

All take turns at random, each twice in a round, which shows what no difference looks like; beside
them runs a control without a check. What is compared is the server's own span `auth` (the check alone),
unless there is none or `span` names another: store, crypto, total, or end, which is from end to end.
"""

from __future__ import annotations

import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

from labserver.kit.display.progress import Live
from labserver.kit.failures import KitError
from labserver.kit.measurement.measurement import Measurement
from labserver.kit.measurement.raw_connection import RawConnection
from labserver.kit.measurement.rounds import Rounds, Sample, interleave
from labserver.kit.measurement.subject import Subject, subject
from labserver.kit.stopped import keep

WARM = 20
"""Turns of each that are not counted: connections open, caches fill."""

SECONDS = 10.0
"""The longest that a run takes, if nothing else is said."""


def measure(
    subjects: Mapping[str, Any],
    *,
    seconds: float = SECONDS,
    within: float | None = None,
    span: str | None = None,
    control: Any = None,
    title: str = "",
    ca: str | None = None,
    seed: int | None = None,
) -> Measurement:
    """Measure in interleaved rounds until differences are known to ± `within` µs, or the time is up.

    Each is the answer of a request, which a raw connection sends again and again; or a function that sends
    one and returns the answer; or any function, to time a call in this process. `control` is one more, which
    has nothing to check. Raises KitError for what cannot be measured.
    """
    if not subjects:
        raise KitError('nothing to measure: give a name to each subject, as in {"session": …, "token": …}')
    lines: dict[str, RawConnection] = {}
    try:
        field = [subject(name, what, lines, ca) for name, what in subjects.items()]
        first, *rivals = subjects
        beside = "no check" if control is not None else None
        if beside:
            field.append(_styled(subject(beside, control, lines, ca)))
        warm = _warm(field)
        span = span or _best_span(warm, set(subjects))
        pairs = [(first, rival) for rival in rivals]
        samples: dict[str, list[Sample]] = {}
        start = time.perf_counter()

        def found() -> tuple[str, Measurement | None]:
            rounds = Rounds.so_far(samples, time.perf_counter() - start)
            if rounds is None:
                return "too few rounds", None
            made = Measurement(rounds, field, span, control=beside, title=title)
            return f"{made.rounds} rounds", made

        with keep(found), Live() as live:
            rounds = interleave(
                {each.name: each.turn for each in field},
                pairs,
                span=span,
                seconds=seconds,
                within=within,
                rng=random.Random(seed),  # noqa: S311 - an order, not a secret
                show=live.show,
                samples=samples,
            )
    finally:
        for line in lines.values():
            line.close()
    return Measurement(rounds, field, span, control=beside, title=title)


def _styled(control: Subject) -> Subject:
    return Subject(control.name, control.turn, control.kind, "control")


def _warm(field: Sequence[Subject]) -> dict[str, Sample]:
    last: dict[str, Sample] = {}
    for _ in range(WARM):
        for each in field:
            last[each.name] = each.turn()
    return last


def _best_span(samples: Mapping[str, Sample], names: set[str]) -> str:
    return "auth" if all(samples[name].get("auth") for name in names) else "end"
