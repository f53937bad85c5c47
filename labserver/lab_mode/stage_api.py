"""The part of the control API that the stage uses: its key, a thief's client, and the server's restart."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, current_app

from labserver.errors import ControlLocked, NotFound
from labserver.formats.digests import digest, fingerprint
from labserver.lab_mode.demo_users import read_demo_users
from labserver.lab_mode.lab_keys import LabKeys
from labserver.web.endpoint import Authenticator, answer, endpoint
from labserver.web.schemas import TEXT, Schema, body_schema, obj, one_of, text
from labserver.web.services import Services
from labserver.web.upstream import ask

END_WORKER = "labserver.end_worker"
"""Where an application has the function that ends its process, if another one will take its place."""

RESPAWN_SECONDS = 6.0
"""A worker that lives shorter than this is taken for one that cannot start, and the server gives up."""

ANSWER_SECONDS = 0.3
WHOLE: Schema = {"type": "integer"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
PASSWORDS: Schema = {"type": "object", "additionalProperties": TEXT}


def stage_blueprint(services: Services, keys: LabKeys) -> Blueprint:
    """Build `/lab/ticket`, `/lab/stage`, `/lab/copy`, `/lab/thief` and `/lab/restart`."""
    api = Blueprint("lab_stage", __name__, url_prefix="/lab")
    starter = Authenticator(keys.check_starter, "desk", (ControlLocked,))
    stage = Authenticator(keys.check_stage, "desk", (ControlLocked,))
    born = time.monotonic()

    @endpoint(api, "POST /ticket", auth=starter, response_schema=obj(ticket=TEXT))
    def ticket(_: str) -> Response:
        """Make a ticket for the stage's link, `/#desk=TICKET`; it is good once."""
        return answer({"ticket": keys.ticket()})

    @endpoint(
        api,
        "POST /stage",
        body=body_schema(ticket=text(100, least=0)),
        response_schema=obj(key=TEXT, passwords=PASSWORDS),
        errors=(ControlLocked,),
    )
    def enter(ticket: str) -> Response:
        """Exchange a ticket for the stage's key, and the passwords of the demo users."""
        key = keys.redeem(ticket)
        return answer({"key": key, "passwords": read_demo_users(services.settings.home)})

    @endpoint(api, "POST /copy", auth=stage, response_schema=obj(cookie=MAYBE_TEXT, chip=MAYBE_TEXT))
    def copy(_: str) -> Response:
        """Return the session cookie that came along: what a person can copy, and a script cannot."""
        cookie = services.cookie.replaces()
        return answer({"cookie": cookie, "chip": cookie and fingerprint(digest(cookie))})

    @endpoint(
        api,
        "POST /thief",
        auth=stage,
        body=body_schema(flow=one_of(("session", "token")), credential=text(8192, pattern=r"^[!-~]+$")),
        response_schema=obj(status=WHOLE, body={"type": "object"}, trace=TEXT),
    )
    def thief(_: str, flow: str, credential: str) -> Response:
        """Ask `GET /session/me` or `/token/me` as another client, which has nothing but this copy."""
        cookie = {"Cookie": f"{services.cookie.cookie_name}={credential}"}
        headers = cookie if flow == "session" else {"Authorization": f"Bearer {credential}"}
        came = ask("GET", f"/{flow}/me", headers=headers)
        return answer(
            {"status": came.status_code, "body": came.get_json(), "trace": came.headers["X-Trace-Id"]}
        )

    @endpoint(api, "POST /restart", auth=stage, response_schema=obj(worker=WHOLE), errors=(NotFound,))
    def restart(_: str) -> Response:
        """End the process that answers this, as a crash would; another one takes its place."""
        end: Callable[[], Any] | None = current_app.extensions.get(END_WORKER)
        if end is None:
            raise NotFound("this server runs inside another program, which goes on")
        wait = max(ANSWER_SECONDS, born + RESPAWN_SECONDS - time.monotonic())
        threading.Timer(wait, end).start()
        return answer({"worker": os.getpid()})

    return api
