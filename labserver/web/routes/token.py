"""`/token/*`: a header holds a signed token, which says all by itself. Only here are there refresh tokens."""

from __future__ import annotations

from flask import Blueprint, Response

from labserver.auth.tokens.verifier import MAX_TOKEN
from labserver.errors import InvalidGrant, InvalidTarget, StoreDown, UnsupportedTokenType
from labserver.web.carriers import record_credential
from labserver.web.endpoint import answer, endpoint
from labserver.web.routes.devices import add_devices
from labserver.web.routes.flow import LOGIN, Flow, flow_blueprint
from labserver.web.schemas import body_schema, ref, text
from labserver.web.services import Services

RESOURCE = {"type": ["string", "null"], "maxLength": 200, "default": None}
LOGIN_FOR = body_schema(**LOGIN["properties"], resource=RESOURCE)
REFRESH = body_schema(refresh_token=text(MAX_TOKEN), resource=RESOURCE)
LOGOUT = body_schema(refresh_token=text(MAX_TOKEN))
REFRESH_ERRORS = (InvalidGrant, StoreDown)
REVOKE = body_schema(token=text(16 * 1024 - len("token=")))  # what a body has room for


def token_blueprint(services: Services) -> Blueprint:
    """Build `/token/*`. Its logout ends the refresh family, which an access token does not name."""
    pair = services.token_pair
    flow = Flow(
        "/token", pair, services.bearer, "Pair", "Me", login_body=LOGIN_FOR, login_errors=(InvalidTarget,)
    )
    blueprint = flow_blueprint(services, flow, without=("POST /logout",))
    add_devices(blueprint, services, flow, pair.families, "families", "RefreshFamilies")

    @endpoint(
        blueprint,
        "POST /refresh",
        body=REFRESH,
        response_schema=ref("Pair"),
        errors=(*REFRESH_ERRORS, InvalidTarget),
    )
    def refresh(refresh_token: str, resource: str | None) -> Response:
        """Replace a refresh token by a new pair; the old one is used up (RFC 6749 section 6)."""
        record_credential("body", "refresh_token", refresh_token)
        return flow.hand_over(pair.refresh(refresh_token, resource))

    @endpoint(blueprint, "POST /logout", body=LOGOUT, errors=REFRESH_ERRORS)
    def logout(refresh_token: str) -> Response:
        """End the family: no new access tokens. The one that is out lives on, unless there is a denylist."""
        record_credential("body", "refresh_token", refresh_token)
        pair.families.end(pair.families.check(refresh_token))
        return answer(None)

    @endpoint(
        blueprint,
        "POST /revoke",
        body=REVOKE,
        form=True,
        status=200,
        errors=(UnsupportedTokenType, StoreDown),
    )
    def revoke(token: str) -> Response:
        """Revoke a token of either kind (RFC 7009); an unknown one is answered with 200 as well."""
        record_credential("body", "token", token)
        pair.revoke(token)
        return Response(status=200)

    return blueprint
