"""`/session/*`: a cookie holds an id, and the store knows what it means. Here alone is a cart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response

from labserver.auth.sessions import Session
from labserver.web.endpoint import answer, endpoint
from labserver.web.routes.devices import add_devices
from labserver.web.routes.flow import Caller, Flow, flow_blueprint
from labserver.web.schemas import body_schema, ref, text
from labserver.web.services import Services

ITEM = body_schema(item=text(100, pattern=r"^[^\x00-\x1f\x7f]+$"))
MOST_ITEMS = 50


def session_blueprint(services: Services) -> Blueprint:
    """Build `/session/*`."""
    flow = Flow("/session", services.opaque, services.cookie, login_schema="LoggedIn", me_schema="LoggedIn")
    blueprint = flow_blueprint(services, flow)
    add_devices(blueprint, services, flow, services.sessions, "sessions", "Sessions")

    @endpoint(blueprint, "GET /cart", auth=flow.authenticator(), response_schema=ref("Cart"))
    def cart(caller: Caller[Session]) -> Response:
        """Show the cart, which is kept in the session's row."""
        return answer({"cart": caller.holder.data.get("cart", [])})

    @endpoint(
        blueprint, "POST /cart", auth=flow.authenticator(change=True), body=ITEM, response_schema=ref("Cart")
    )
    def add_to_cart(caller: Caller[Session], item: str) -> Response:
        """Put an item into the cart; the client keeps nothing but its cookie."""
        return answer({"cart": services.sessions.remember(caller.holder, cart_with(item))["cart"]})

    return blueprint


def cart_with(item: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Return the change that puts an item into the cart of a session's row."""
    return lambda row: {"cart": [*row.get("cart", []), item][-MOST_ITEMS:]}
