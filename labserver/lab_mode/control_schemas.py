"""What the control API takes and answers: the shapes of `/lab/*`."""

from __future__ import annotations

from labserver.auth.users import ROLES, TYPED_MAX
from labserver.lab_mode.faults import DOWN, SLOW, UP
from labserver.storage.base import KINDS
from labserver.tracing.events import COUNTS, EVENTS, SPANS
from labserver.web.schemas import NUMBER, TEXT, body_schema, many, obj, one_of, text

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
TEN_YEARS = 10 * 365 * 86400
SEGMENT = text(8192, pattern=r"^[A-Za-z0-9_.=+/-]*$", least=0)
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
