"""The control API, `/lab/*`: see what happened, move the clock, break things. Lab mode only, with a key."""

from __future__ import annotations

import os
from typing import Any

from flask import Blueprint, Response

from labserver.auth.users import ROLES, TYPED_MAX, random_password
from labserver.errors import ControlLocked, NotFound
from labserver.formats.base64url import b64encode
from labserver.formats.digests import fingerprint
from labserver.lab_mode.clock import LabClock
from labserver.lab_mode.faults import DOWN, SLOW, UP
from labserver.lab_mode.lab_keys import LabKeys
from labserver.lab_mode.shared_state import SharedState
from labserver.storage.base import KINDS
from labserver.tracing.events import COUNTS, EVENTS, SPANS
from labserver.tracing.recent import Traces
from labserver.web.endpoint import Authenticator, answer, endpoint
from labserver.web.schemas import NUMBER, TEXT, body_schema, many, obj, one_of, ref, text
from labserver.web.services import Services

MAYBE_TEXT = {"type": ["string", "null"]}
BOOLEAN = {"type": "boolean"}
WHOLE = {"type": "integer"}
TARGET = one_of(sorted({kind.target for kind in EVENTS.values()}))
EVENT = obj(
    at=NUMBER,
    us=NUMBER,
    kind=one_of(EVENTS),
    actor=TEXT,
    target=TARGET,
    party=TARGET,
    verb=TEXT,
    details={"type": "object"},
    text=TEXT,
    chip=MAYBE_TEXT,
    ok=BOOLEAN,
)
TRACE = obj(
    id=TEXT,
    method=TEXT,
    path=TEXT,
    flow=TEXT,
    at=NUMBER,
    status=WHOLE,
    credential={"anyOf": [obj(carrier=TEXT, name=TEXT, chip=TEXT), {"type": "null"}]},
    spans=obj(**dict.fromkeys(SPANS, NUMBER)),
    counts=obj(**dict.fromkeys(COUNTS, WHOLE)),
    events=many(EVENT),
    worker=WHOLE,
)
ROW = obj(kind=one_of(KINDS), key=TEXT, chip=TEXT, owner=TEXT, expires=NUMBER, data={"type": "object"})
ACCOUNT = obj(username=TEXT, role=TEXT, email=TEXT, disabled=BOOLEAN, password=TEXT)
STATE = obj(
    clock=obj(now=NUMBER, offset=NUMBER),
    store=obj(kind=TEXT, rows=many(ROW)),
    users=many(ACCOUNT),
    keys=many(obj(kid=TEXT, alg=TEXT, signs=BOOLEAN)),
    worker=WHOLE,
)
MOVED = obj(now=NUMBER, offset=NUMBER, held=BOOLEAN, moved=NUMBER)
FAULTS = {"up": UP, "down": DOWN, "slow": SLOW}
NOT_GIVEN = {"default": None}
SEGMENT = text(8192, pattern=r"^[A-Za-z0-9_.=+/-]*$", least=0)


def control_blueprint(
    services: Services, shared: SharedState, clock: LabClock, traces: Traces, keys: LabKeys
) -> Blueprint:
    """Build `/lab/*`, but for what the stage alone uses."""
    api = Blueprint("lab", __name__, url_prefix="/lab")
    keeper = Authenticator(keys.check_starter, "desk", (ControlLocked,))
    stage = Authenticator(keys.check_stage, "desk", (ControlLocked,))

    @endpoint(api, "GET /trace/<name>", auth=stage, response_schema=TRACE, errors=(NotFound,))
    def one_trace(_: str, name: str) -> Response:
        """Show what happened inside the request whose X-Trace-Id is given."""
        return answer(dict(traces.find(name)))

    @endpoint(api, "GET /state", auth=stage, response_schema=STATE)
    def state(_: str) -> Response:
        """Show everything the server remembers, as stored: hashes, no secrets."""
        return answer(
            {
                "clock": {"now": clock.now(), "offset": shared.offset},
                "store": {"kind": services.store.name, "rows": list(_rows(services))},
                "users": [
                    user.profile() | {"disabled": user.disabled, "password": _parameters(user.password)}
                    for user in services.users.everybody()
                ],
                "keys": [
                    {"kid": each.kid, "alg": each.alg, "signs": each is services.ring.newest}
                    for each in services.ring.all()
                ],
                "worker": os.getpid(),
            }
        )

    @endpoint(api, "GET /control/<username>", auth=keeper, response_schema=ref("Profile"), errors=(NotFound,))
    def control(_: str, username: str) -> Response:
        """Return a profile as `/token/me` does, without a check: what a request costs without one."""
        user = services.users.profile(username)
        if user is None:
            raise NotFound("no user has this name")
        return answer({"user": user.profile()})

    @endpoint(api, "POST /clock", auth=stage, body=CLOCK, response_schema=MOVED)
    def move(_: str, advance: float, hold: bool | None) -> Response:
        """Move the clock of all workers by `advance` seconds; hold it there, or let it run."""
        moved = clock.advance(advance)
        if hold is not None:
            (clock.hold if hold else clock.run)()
        return answer(
            {"now": clock.now(), "offset": shared.offset, "held": bool(shared.held), "moved": moved}
        )

    @endpoint(api, "POST /faults", auth=keeper, body=FAULT, response_schema=obj(store=TEXT, us=NUMBER))
    def faults(_: str, store: str, us: int) -> Response:
        """Take the store down, make it slow by `us` microseconds, or repair it."""
        shared.delay, shared.fault = us, FAULTS[store]
        return answer({"store": store, "us": us})

    @endpoint(api, "POST /users", auth=keeper, body=USER, response_schema=ref("Profile"))
    def users(_: str, username: str, **changes: Any) -> Response:
        """Make a user, or change one: disabling ends all that is theirs."""
        if services.users.find(username) is None:
            new = changes["password"] or random_password()
            services.users.add(username, new, changes["role"] or "user", changes["email"])
        else:
            for name in ("password", "role", "email"):
                if changes[name] is not None:
                    getattr(services.users, f"set_{name}")(username, changes[name])
        if changes["disabled"] is not None:
            services.users.set_disabled(username, changes["disabled"])
        if changes["disabled"]:
            services.end_all(username)
        user = services.users.find(username)
        return answer({"user": user.profile() if user else {}})

    @endpoint(api, "POST /keys/rotate", auth=keeper, response_schema=obj(kid=TEXT))
    def rotate(_: str) -> Response:
        """Sign with a new key; the older ones still verify."""
        kid = services.ring.rotate().kid
        shared.keys += 1
        return answer({"kid": kid})

    @endpoint(api, "POST /keys/retire", auth=keeper, response_schema=obj(kid=TEXT))
    def retire(_: str) -> Response:
        """Keep the newest key only."""
        kid = services.ring.retire().kid
        shared.keys += 1
        return answer({"kid": kid})

    @endpoint(api, "POST /sign", auth=keeper, body=SIGN, response_schema=obj(signature=TEXT))
    def sign(_: str, header: str, payload: str) -> Response:
        """Sign two segments exactly as given, to hold a well-signed token that is wrong in one way."""
        return answer({"signature": b64encode(services.ring.newest.sign(f"{header}.{payload}".encode()))})

    @endpoint(api, "POST /tidy", auth=keeper, response_schema=obj(forgotten=WHOLE))
    def tidy(_: str) -> Response:
        """Forget the rows that have expired, which otherwise happens beside the requests, now and then."""
        before = sum(1 for _ in _rows(services))
        services.store.purge_expired(clock.now())
        return answer({"forgotten": before - sum(1 for _ in _rows(services))})

    @endpoint(api, "POST /reset", auth=keeper)
    def reset(_: str) -> Response:
        """Start over: no sessions, families, traces; the first users; a new key; the right time."""
        shared.fault = UP
        for kind in KINDS:
            services.store.delete(kind, [row_key for row_key, _ in services.store.find(kind)])
        with services.accounts.transaction() as connection:
            connection.execute("DELETE FROM users")
            connection.execute("INSERT INTO users SELECT * FROM originals")
            connection.execute("DELETE FROM tries")
            services.ring.start_over(connection)
        traces.clear()
        clock.reset()
        shared.keys += 1
        shared.resets += 1
        return answer(None)

    return api


TEN_YEARS = 10 * 365 * 86400
CLOCK = body_schema(
    advance={"type": "number", "minimum": -TEN_YEARS, "maximum": TEN_YEARS},
    hold={"type": ["boolean", "null"], **NOT_GIVEN},
)
FAULT = body_schema(
    store=one_of(FAULTS),
    us={"type": "integer", "minimum": 0, "maximum": 5_000_000, "default": 0},
)
USER = body_schema(
    username=text(32),
    password={"type": ["string", "null"], "maxLength": TYPED_MAX, **NOT_GIVEN},
    role={"enum": [*ROLES, None], **NOT_GIVEN},
    email={"type": ["string", "null"], "maxLength": 254, **NOT_GIVEN},
    disabled={"type": ["boolean", "null"], **NOT_GIVEN},
)
SIGN = body_schema(header=SEGMENT, payload=SEGMENT)


def _rows(services: Services) -> Any:
    for kind in KINDS:
        for key, row in services.store.find(kind):
            # A family's row is found by its family, but its credential is the token that is good now.
            digest = bytes.fromhex(row.data["current"]) if kind == "family" else key
            yield {
                "kind": kind,
                "key": key.hex(),
                "chip": fingerprint(digest),
                "owner": row.owner,
                "expires": row.expires,
                "data": row.data,
            }


def _parameters(hashed: str) -> str:
    """Show which hash it is and its cost, not the salt and the hash."""
    return "$".join(hashed.split("$")[:4])
