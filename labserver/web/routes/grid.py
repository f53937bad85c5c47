"""The grid: {opaque id, JWT} x {cookie, header}. The four together show which property belongs to which."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from labserver.auth.credential import Credential
from labserver.web.carriers import Carrier
from labserver.web.routes.flow import Flow, flow_blueprint
from labserver.web.services import Services


def grid_blueprints(services: Services) -> list[Blueprint]:
    """Build the four cells."""
    return [
        cell(services, credential, carrier)
        for credential in (services.opaque, services.jwt)
        for carrier in (services.grid_cookie, services.bearer)
    ]


def cell(services: Services, credential: Credential[Any], carrier: Carrier) -> Blueprint:
    """Build `/grid/<credential>/<carrier>/*`."""
    prefix = f"/grid/{credential.name}/{carrier.name}"
    login_schema = "LoggedIn" if carrier.csrf else "BearerLogin"
    return flow_blueprint(
        services, Flow(prefix, credential, carrier, login_schema, "Profile"), without=("GET /admin",)
    )
