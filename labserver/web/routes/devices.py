"""What needs a memory of all that a user has open: devices, logging out everywhere, a new password.

Sessions and refresh families are remembered; a JWT alone is not, so the grid has none of this.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from labserver.auth.devices import Devices
from labserver.auth.users import PASSWORD_MIN, TYPED_MAX
from labserver.errors import NotFound
from labserver.formats.digests import digest
from labserver.web.endpoint import answer, endpoint
from labserver.web.routes.flow import LOGIN_ERRORS, Caller, Flow
from labserver.web.schemas import body_schema, ref, text
from labserver.web.services import Services

PASSWORDS = body_schema(current=text(TYPED_MAX), new=text(TYPED_MAX, PASSWORD_MIN))


def add_devices(
    blueprint: Blueprint, services: Services, flow: Flow[Any], devices: Devices, plural: str, schema: str
) -> None:
    """Add these routes to a flow whose devices are called `plural`: `sessions`, `families`."""
    reader, changer = flow.authenticator(), flow.authenticator(change=True)

    @endpoint(blueprint, f"GET /{plural}", auth=reader, response_schema=ref(schema))
    def listing(caller: Caller[Any]) -> Response:
        """List the user's devices."""
        return answer({plural: devices.listing(caller.holder.username, digest(caller.presented))})

    @endpoint(blueprint, f"DELETE /{plural}/<handle>", auth=changer, errors=(NotFound,))
    def end(caller: Caller[Any], handle: str) -> Response:
        """End one of the user's devices."""
        if not devices.end_by_public_id(caller.holder.username, handle):
            raise NotFound(f"none of the user's {plural} has this handle")
        return answer(None)

    @endpoint(blueprint, "POST /logout-all", auth=changer)
    def logout_all(caller: Caller[Any]) -> Response:
        """End all of the user's devices."""
        devices.end_all(caller.holder.username)
        return flow.carrier.clear(answer(None))

    @endpoint(
        blueprint,
        "POST /password",
        auth=changer,
        body=PASSWORDS,
        response_schema=ref(flow.login_schema),
        errors=LOGIN_ERRORS,
    )
    def password(caller: Caller[Any], current: str, new: str) -> Response:
        """Change the password: a new credential for this device, and all else ends."""
        user = services.users.authenticate(caller.holder.username, current)
        user = user._replace(password=services.users.set_password(user.username, new))
        services.end_all(user.username)
        return flow.hand_over(flow.credential.issue(user), user)
