"""The ways to measure a server: `lab.measure(…)`, `lab.break_even(…)`, `lab.load(…)`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from labserver.kit.processes.accounts import Accounts
from labserver.kit.processes.control_client import ControlClient, FaultControl
from labserver.kit.processes.server_process import ServerProcess
from labserver.kit.shadows import named

if TYPE_CHECKING:
    from labserver.kit.measurement.break_even import BreakEven
    from labserver.kit.measurement.measurement import Measurement
    from labserver.kit.measurement.throughput import Load


class Measuring(ABC):
    """What a lab measures on its server. What does so is imported when it is first used."""

    _accounts: Accounts
    _control: ControlClient
    faults: FaultControl
    ca: str | None

    @abstractmethod
    def _process(self) -> ServerProcess:
        """Return the server if it is a process. Raises KitError for another."""

    def measure(
        self,
        subjects: Mapping[str, Any],
        *,
        seconds: float = 10.0,
        within: float | None = None,
        span: str | None = None,
        control: bool = True,
        title: str = "",
    ) -> Measurement:
        """Measure which takes longer: {"session": r1, "token": r2}, answers, or functions that send one.

        All take turns at random until the differences are known to ± `within` µs, or `seconds` are over.
        Beside them runs a request without a check, unless `control` is False.
        """
        with named():
            from labserver.kit.measurement.measure import measure

        return measure(
            subjects,
            seconds=seconds,
            within=within,
            span=span,
            control=self._unchecked(subjects) if control else None,
            title=title,
            ca=self.ca,
        )

    def break_even(
        self,
        subjects: Mapping[str, Any],
        *,
        delays: Sequence[float] | None = None,
        seconds: float = 10.0,
    ) -> BreakEven:
        """Find how far away (µs) the store must be until the first, which asks it, is the more expensive."""
        with named():
            from labserver.kit.measurement.break_even import break_even

        return break_even(
            subjects,
            self.faults.store_delay,
            delays=delays,
            seconds=seconds,
            control=self._unchecked(subjects),
            ca=self.ca,
        )

    def _unchecked(self, subjects: Mapping[str, Any]) -> Any:
        """Return a request without a check, to be sent in the way in which the subjects' are."""
        ask = partial(self._control.response, "control/ada")
        if any(map(callable, subjects.values())):
            return ask
        self._process()
        return ask()

    def load(
        self,
        *flows: str,
        users: Sequence[int] = (1, 2, 4, 8),
        seconds: float = 1.0,
        rounds: int = 2,
    ) -> Load:
        """Send this server as much as it answers: to each number of users, for `seconds` a flow.

        Flows are "none" (no check), "session", "token", "session-mixed" and "token-mixed" (log in, read,
        change, log out); without any, the first three. Makes accounts load1, load2, … for the users.
        """
        server = self._process()
        with named():
            from labserver.kit.measurement.load import USUAL, load

        return load(
            server.url,
            self._accounts.numbered,
            flows or USUAL,
            users,
            seconds,
            rounds=rounds,
            ca=self.ca,
            lab_key=server.ready["lab_key"],
        )
