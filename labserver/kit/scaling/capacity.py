"""From this machine's own measurements to a hundred million users: what each design needs, and why.

    load = lab.load("session", "token", users=(1, 2, 8), seconds=2, rounds=8)      # about 16 s
    visits = lab.load("session-mixed", users=(1,), seconds=2, rounds=1)            # for a login's costs
    model = capacity.fit(load, visits=visits)    # to the session flow with 1 and 8 users, and to spans
    model.check()                     # predicted and measured: two loads that the fit did not see
    model.check().worst               # 0.12: the larger error is 12 %
    need = capacity.estimate(model.costs)                       # for 1e8 users
    need["cores"].token               # one number; need["cores"].formula says where it comes from
    capacity.Assumptions()                                      # the knobs, each with what it is
    capacity.estimate(model.costs, capacity.Assumptions(users=1e6, peak=5))

The lab needs one worker. Everything here is a pure function of what was measured and of what is assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from labserver.kit.display.formatting import duration
from labserver.kit.display.table import Table
from labserver.kit.failures import KitError
from labserver.kit.measurement.throughput import Load, people
from labserver.kit.scaling import queueing
from labserver.kit.scaling.assumptions import Assumptions as Assumptions
from labserver.kit.scaling.assumptions import Costs as Costs
from labserver.kit.scaling.scale import estimate as estimate

GOOD = 0.25
"""The largest error of a prediction that is called good."""


@dataclass(frozen=True)
class PredictedLoad:
    """Requests a second of one load, as the model has it and as it was measured."""

    flow: str
    users: int
    predicted: float
    measured: float

    @property
    def error(self) -> float:
        """How far off the prediction is: 0.1 is a tenth of what was measured."""
        return abs(self.predicted - self.measured) / self.measured


class ModelCheck:
    """How well a model does on loads that it was not fitted to."""

    def __init__(self, predictions: Sequence[PredictedLoad]) -> None:
        self.predictions = list(predictions)

    @property
    def worst(self) -> float:
        """The largest error; 0.1 is a tenth."""
        return max(each.error for each in self.predictions)

    @property
    def holds(self) -> bool:
        """Whether every prediction is within 25 %."""
        return self.worst <= GOOD

    @property
    def table(self) -> Table:
        """One row for each prediction."""
        rows = [
            [
                f"{each.flow}, {people(each.users)}",
                f"≈ {each.predicted:,.0f} requests/s",
                f"≈ {each.measured:,.0f}",
                f"≈ {100 * each.error:.0f} %",
            ]
            for each in self.predictions
        ]
        return Table(
            "The model on loads that it has not seen", ["load", "predicted", "measured", "off by"], rows
        )

    def __repr__(self) -> str:
        # Not in columns: their width would follow the measured numbers.
        lines = [
            f"  {load}: predicted {one}, measured {two}, off by {off}"
            for load, one, two, off in self.table.rows
        ]
        return "\n".join([f"{self.table.title}:", *lines])

    def _repr_html_(self) -> str:
        return self.table._repr_html_()


@dataclass(frozen=True)
class Model:
    """A server as a queue. `service` (µs) is what one request of a flow keeps a worker busy."""

    load: Load
    visits: Load
    service: dict[str, float]
    elsewhere: float
    """µs of each round that a user spends outside the server."""

    fitted: tuple[tuple[str, int], ...]

    def predict(self, flow: str, users: int) -> float:
        """Return the requests a second of `users` users. Raises KitError for a flow that was not loaded."""
        if flow not in self.service:
            raise KitError(f"the model knows {', '.join(self.service)}, not {flow!r}: load that flow too")
        return queueing.throughput(users, self.service[flow], self.elsewhere)

    def check(self, *loads: tuple[str, int]) -> ModelCheck:
        """Compare predictions with what was measured: `model.check(("session", 2), ("token", 8))`.

        Without any: the fitted flow with a number of users that the fit did not use, and another flow.

        Raises KitError for a load that says nothing about the model, KeyError for one that was not measured.
        """
        found = []
        for flow, users in loads or self._others():
            measured = self.load[flow, users].typical
            if (flow, users) in self.fitted or not measured:
                raise KitError(
                    f"({flow!r}, {users}) says nothing about the model: it was fitted to it, or is 0"
                )
            found.append(PredictedLoad(flow, users, self.predict(flow, users), measured))
        return ModelCheck(found)

    def _others(self) -> list[tuple[str, int]]:
        flow, most = self.fitted[-1]
        between = [(flow, users) for users in self.load.users if (flow, users) not in self.fitted]
        others = [(other, most) for other in self.service if other not in (flow, "none")]
        if not between or not others:
            raise KitError(
                "two other loads are needed: a third number of users, and a second flow, as in "
                'lab.load("session", "token", users=(1, 2, 8))'
            )
        return [between[-1], others[0]]

    @property
    def costs(self) -> Costs:
        """What was measured, in the form that `estimate` takes. Needs a load with "session-mixed".

        Raises KitError without it. All are in µs.
        """
        try:
            alone = {flow: self.load[flow, 1] for flow in ("session", "token")}
            visit = self.visits["session-mixed", 1].by_request
            password = visit["POST /session/login"]["spans"]["crypto"]
            write = visit["POST /session/logout"]["spans"]["store"]
            checks = {flow: alone[flow].spans["auth"] for flow in ("session", "token")}
        except KeyError as missing:
            raise KitError(
                f"{missing.args[0]}: the costs are read from loads with one user, session, token and "
                'mixed; give fit(..., visits=lab.load("session-mixed", users=(1,), seconds=2))'
            ) from None
        return Costs(
            request=max(0.0, self.service["session"] - checks["session"]),
            session_check=checks["session"],
            token_check=checks["token"],
            store_read=alone["session"].spans["store"],
            password=password,
            write=write,
        )

    def __repr__(self) -> str:
        service = ", ".join(f"{flow} {duration(us)}" for flow, us in self.service.items())
        rest = duration(self.elsewhere)
        return f"A request keeps a worker busy for: {service}. The rest of a round takes {rest}."


def fit(load: Load, flow: str = "session", *, visits: Load | None = None) -> Model:
    """Fit the model to one flow with one user and with the most, and to the server's spans for the others.

    `visits` is a load with the flow "session-mixed" and one user, if `load` has not that itself. Raises
    KitError if something is missing.
    """
    if 1 not in load.users or len(load.users) < 2 or flow not in load.flows:
        raise KitError(f"a fit wants the flow {flow!r} with one user and with several, as in users=(1, 2, 8)")
    alone, most = load[flow, 1], load.users[-1]
    if not alone.spans or not alone.typical or not load[flow, most].typical:
        raise KitError("a fit wants answers, with the spans that only a server in lab mode sends")
    service, elsewhere = queueing.fit(alone.typical, most, load[flow, most].typical)
    known = {
        point.flow: max(0.0, service + point.spans["total"] - alone.spans["total"])
        for point in load.points
        if point.users == 1 and point.spans and not point.flow.endswith("mixed")
    }
    return Model(load, visits or load, known, elsewhere, ((flow, 1), (flow, most)))
