"""The control API, `/lab/*`, in lab mode only and with a key. Learners know it as the lab desk.

It shows what happened, moves the clock and breaks things.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response

from labserver.errors import ControlLocked, NotFound
from labserver.formats.base64url import b64encode
from labserver.lab_mode import control_schemas as schemas
from labserver.lab_mode.clock import LabClock
from labserver.lab_mode.lab_keys import LabKeys
from labserver.lab_mode.server_state import change_user, rows, start_over, state
from labserver.lab_mode.shared_state import SharedState
from labserver.tracing.recent import Traces
from labserver.web.endpoint import Authenticator, answer, endpoint
from labserver.web.schemas import NUMBER, TEXT, obj, ref
from labserver.web.services import Services


@dataclass(frozen=True)
class ControlContext:
    """What the routes need: the server's parts, and who may ask. `stage` lets the stage's key in too."""

    services: Services
    shared: SharedState
    clock: LabClock
    traces: Traces
    keeper: Authenticator[str]
    stage: Authenticator[str]


def control_blueprint(
    services: Services, shared: SharedState, clock: LabClock, traces: Traces, keys: LabKeys
) -> Blueprint:
    """Build `/lab/*`, but for what the stage alone uses."""
    api = Blueprint("lab", __name__, url_prefix="/lab")
    keeper = Authenticator(keys.check_starter, "desk", (ControlLocked,))
    stage = Authenticator(keys.check_stage, "desk", (ControlLocked,))
    context = ControlContext(services, shared, clock, traces, keeper, stage)
    for add in (add_views, add_switches, add_keys, add_ends):
        add(api, context)
    return api


def add_views(api: Blueprint, context: ControlContext) -> None:
    """Add what shows something and changes nothing."""

    @endpoint(api, "GET /trace/<name>", auth=context.stage, response_schema=schemas.TRACE, errors=(NotFound,))
    def one_trace(_: str, name: str) -> Response:
        """Show what happened inside the request whose X-Trace-Id is given."""
        return answer(dict(context.traces.find(name)))

    @endpoint(api, "GET /state", auth=context.stage, response_schema=schemas.STATE)
    def whole_state(_: str) -> Response:
        """Show everything the server remembers, as stored: hashes, no secrets."""
        return answer(dict(state(context.services, context.shared, context.clock)))

    @endpoint(
        api,
        "GET /control/<username>",
        auth=context.keeper,
        response_schema=ref("Profile"),
        errors=(NotFound,),
    )
    def control(_: str, username: str) -> Response:
        """Return a profile as `/token/me` does, without a check: what a request costs without one."""
        user = context.services.users.profile(username)
        if user is None:
            raise NotFound("no user has this name")
        return answer({"user": user.profile()})


def add_switches(api: Blueprint, context: ControlContext) -> None:
    """Add the clock, the faults of the store, and the accounts."""
    clock, shared = context.clock, context.shared

    @endpoint(api, "POST /clock", auth=context.stage, body=schemas.CLOCK, response_schema=schemas.MOVED)
    def move(_: str, advance: float, hold: bool | None) -> Response:
        """Move the clock of all workers by `advance` seconds; hold it there, or let it run."""
        moved = clock.advance(advance)
        if hold is not None:
            (clock.hold if hold else clock.run)()
        return answer(
            {"now": clock.now(), "offset": shared.offset, "held": bool(shared.held), "moved": moved}
        )

    @endpoint(
        api,
        "POST /faults",
        auth=context.keeper,
        body=schemas.FAULT,
        response_schema=obj(store=TEXT, us=NUMBER),
    )
    def faults(_: str, store: str, us: int) -> Response:
        """Take the store down, make it slow by `us` microseconds, or repair it."""
        shared.delay, shared.fault = us, schemas.FAULTS[store]
        return answer({"store": store, "us": us})

    @endpoint(api, "POST /users", auth=context.keeper, body=schemas.USER, response_schema=ref("Profile"))
    def users(_: str, username: str, **changes: Any) -> Response:
        """Make a user, or change one: disabling ends all that is theirs."""
        user = change_user(context.services, username, **changes)
        return answer({"user": user.profile() if user else {}})


def add_keys(api: Blueprint, context: ControlContext) -> None:
    """Add the signing keys: a new one, the newest alone, and a signature for any two segments."""
    ring, shared = context.services.ring, context.shared

    @endpoint(api, "POST /keys/rotate", auth=context.keeper, response_schema=obj(kid=TEXT))
    def rotate(_: str) -> Response:
        """Sign with a new key; the older ones still verify."""
        kid = ring.rotate().kid
        shared.keys += 1
        return answer({"kid": kid})

    @endpoint(api, "POST /keys/retire", auth=context.keeper, response_schema=obj(kid=TEXT))
    def retire(_: str) -> Response:
        """Keep the newest key only."""
        kid = ring.retire().kid
        shared.keys += 1
        return answer({"kid": kid})

    @endpoint(api, "POST /sign", auth=context.keeper, body=schemas.SIGN, response_schema=obj(signature=TEXT))
    def sign(_: str, header: str, payload: str) -> Response:
        """Sign two segments exactly as given, to hold a well-signed token that is wrong in one way."""
        return answer({"signature": b64encode(ring.newest.sign(f"{header}.{payload}".encode()))})


def add_ends(api: Blueprint, context: ControlContext) -> None:
    """Add what lets the server forget: the rows that have expired, or everything."""

    @endpoint(api, "POST /tidy", auth=context.keeper, response_schema=obj(forgotten=schemas.WHOLE))
    def tidy(_: str) -> Response:
        """Forget the rows that have expired, which otherwise happens beside the requests, now and then."""
        before = len(rows(context.services.store))
        context.services.store.purge_expired(context.clock.now())
        return answer({"forgotten": before - len(rows(context.services.store))})

    @endpoint(api, "POST /reset", auth=context.keeper)
    def reset(_: str) -> Response:
        """Start over: no sessions, families, traces; the first users; a new key; the right time."""
        start_over(context.services, context.shared, context.clock, context.traces)
        return answer(None)
