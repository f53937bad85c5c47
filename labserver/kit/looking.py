"""The ways to look at what a server did: `lab.show(r)`, `lab.diagram(r)`, `lab.ledger(r)`, `lab.state()`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import requests

from labserver.formats.reports import TraceReport
from labserver.kit.display.anatomy import Anatomy
from labserver.kit.display.diagram import Diagram
from labserver.kit.display.exchange import shape
from labserver.kit.display.fingerprint import Fingerprint
from labserver.kit.display.ledger import Ledger
from labserver.kit.display.state import State
from labserver.kit.display.table import Table
from labserver.kit.display.wire import Wire
from labserver.kit.failures import KitError
from labserver.kit.processes.control_client import ControlClient


class Looking:
    """What a lab shows of its server, which it asks by the control API."""

    _control: ControlClient

    def trace(self, response: requests.Response) -> TraceReport:
        """Fetch what the server recorded about one request, as plain data.

        Raises KitError for an answer without a trace, ControlRefused for one that the server no longer has.
        """
        trace_id = _answer(response).headers.get("X-Trace-Id")
        if trace_id is None:
            raise KitError("this answer has no trace: it does not come from a lab's server")
        trace: TraceReport = self._control.get(f"trace/{trace_id}")
        return trace

    def show(self, *responses: requests.Response) -> Wire:
        """Show the wire: each request and its answer, credentials as chips. Redirects come first."""
        return Wire(_hops(responses))

    def diagram(self, *responses: requests.Response) -> Diagram:
        """Draw who talked to whom, in order, from the traces of these exchanges."""
        hops = _hops(responses)
        return Diagram([(response, self.trace(response)) for response in hops])

    def ledger(
        self, *responses: requests.Response | Mapping[str, requests.Response], times: bool = True
    ) -> Ledger:
        """Count what these exchanges cost. A mapping gives them names: `{"log in": r1, "read": r2}`.

        Without `times` the time of the check is left out: one time each is no comparison.
        """
        pairs: list[tuple[str | None, requests.Response]] = []
        for item in responses:
            pairs += item.items() if isinstance(item, Mapping) else [(None, item)]
        return Ledger([(name, response, self.trace(response)) for name, response in pairs], times)

    def state(self, part: str = "store") -> State:
        """Show what the server keeps: the rows of its "store" as stored, its "users", or its "keys"."""
        return State(self._control.get("state"), part)

    @staticmethod
    def chip(credential: str, kind: str | None = None) -> Fingerprint:
        """Name a credential without showing it.

        `kind` is session, access, refresh or csrf; with None its shape decides.
        """
        return Fingerprint.of(kind or shape(credential), credential)

    @staticmethod
    def table(title: str, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> Table:
        """Show results. Cells are text, numbers, True and False (yes and no), None or chips."""
        return Table(title, head, rows)

    @staticmethod
    def anatomy(token: str) -> Anatomy:
        """Take a JWT apart into its three parts, as anybody can, without a key."""
        return Anatomy(token)


def _answer(response: object) -> requests.Response:
    if not isinstance(response, requests.Response):
        raise KitError(
            f"this wants the answer of a request, as in r = client.get(…), not {type(response).__name__}"
        )
    return response


def _hops(responses: tuple[requests.Response, ...]) -> list[requests.Response]:
    return [hop for response in responses for hop in [*_answer(response).history, response]]
