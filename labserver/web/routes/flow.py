"""Log in, read, change, log out: written once, for every credential and every carrier.

`/session/*`, `/token/*` and the four cells of `/grid/*` are instances of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple

from flask import Blueprint, Response

from labserver.auth.credential import Credential, Held, Issued
from labserver.auth.users import TYPED_MAX, User
from labserver.errors import Forbidden, InvalidCredentials, InvalidToken, NoSession, StoreDown, TooManyTries
from labserver.tracing import trace
from labserver.web.carriers import Carrier
from labserver.web.csrf import CSRF_ERRORS, ORIGIN_ERRORS
from labserver.web.endpoint import Authenticator, Errors, View, answer, endpoint
from labserver.web.schemas import SCHEMAS, Schema, body_schema, ref, text
from labserver.web.services import Services

LOGIN = body_schema(username=text(64), password=text(TYPED_MAX))
EMAIL = body_schema(email=text(254, 3, pattern=r"^[^@\s\x00-\x1f]{1,64}@[A-Za-z0-9.-]{1,189}$"))
LOGIN_ERRORS: Errors = (InvalidCredentials, TooManyTries, StoreDown)


class Caller(NamedTuple, Generic[Held]):
    """Who asks: the credential that the request presented, as text, and whom it is for."""

    presented: str
    holder: Held


@dataclass(frozen=True)
class Flow(Generic[Held]):
    """One kind of credential on one carrier.

    Login and me collect all facts about the caller, and answer with those that `login_schema` and `me_schema`
    (names in `web.schemas`) have a member for. A `login_body` with more than a name and a password passes
    the rest on to `credential.issue`, which may refuse it with `login_errors`.
    """

    prefix: str
    credential: Credential[Held]
    carrier: Carrier
    login_schema: str
    me_schema: str
    login_body: Schema | None = None
    login_errors: Errors = ()

    def authenticator(self, *, change: bool = False) -> Authenticator[Caller[Held]]:
        """Find out who asks; for a `change`, also whether a browser was tricked into asking."""
        carrier, credential, csrf = self.carrier, self.credential, self.carrier.csrf if change else None

        def check() -> Caller[Held]:
            with trace.span("auth"):
                presented = carrier.read()
                try:
                    holder = credential.check(presented)
                except (NoSession, InvalidToken) as error:
                    raise carrier.refused(error.reason) from None
            if csrf is not None:
                csrf.check(presented)
            return Caller(presented, holder)

        errors: Errors = (carrier.missing, carrier.refused, StoreDown)
        if csrf is not None:
            errors += CSRF_ERRORS
        return Authenticator(check, carrier.scheme, errors, csrf=csrf is not None)

    def hand_over(self, issued: Issued, user: User | None = None) -> Response:
        """Answer with a new credential."""
        facts = {
            "user": user and user.profile(),
            "expires_in": self.credential.lifetime,
            "refresh_token": issued.refresh_token,
            **self.carrier.facts(issued.credential),
        }
        response = answer({name: facts[name] for name in SCHEMAS[self.login_schema]["properties"]})
        return self.carrier.send(response, issued.credential, self.credential.longest)


def flow_blueprint(services: Services, flow: Flow[Any], without: tuple[str, ...] = ()) -> Blueprint:
    """Build the routes of one flow, except those listed in `without`, as in `("POST /logout",)`.

    A flow leaves a route out if it writes its own (`/token/logout` ends a family), or has none.
    """
    blueprint = Blueprint(flow.prefix[1:].replace("/", "_"), __name__, url_prefix=flow.prefix)
    users, credential, carrier = services.users, flow.credential, flow.carrier
    reader, changer = flow.authenticator(), flow.authenticator(change=True)
    me_fields = tuple(SCHEMAS[flow.me_schema]["properties"])

    def route(operation: str, **spec: Any) -> Callable[[View], View]:
        return (lambda view: view) if operation in without else endpoint(blueprint, operation, **spec)

    def profile(caller: Caller[Any]) -> User:
        """Read the resource, the same in every flow. Raises the carrier's error if the user is gone."""
        user = users.profile(caller.holder.username)
        if user is None:
            raise carrier.refused("the user is gone")
        return user

    @route(
        "POST /login",
        body=flow.login_body or LOGIN,
        response_schema=ref(flow.login_schema),
        errors=LOGIN_ERRORS + flow.login_errors + (ORIGIN_ERRORS if carrier.csrf else ()),
    )
    def login(username: str, password: str, **options: Any) -> Response:
        """Check the password, issue a credential, and hand it to the carrier."""
        if carrier.csrf:
            carrier.csrf.check_origin()
        with trace.span("auth"):
            user = users.authenticate(username, password)
        return flow.hand_over(credential.issue(user, carrier.replaces(), **options), user)

    @route("GET /me", auth=reader, response_schema=ref(flow.me_schema))
    def me(caller: Caller[Any]) -> Response:
        """Tell who the credential is for."""
        left = int(caller.holder.expires - services.clock.now())
        facts = {"user": profile(caller).profile(), "expires_in": left, **carrier.facts(caller.presented)}
        return answer({name: facts[name] for name in me_fields})

    @route("GET /admin", auth=reader, response_schema=ref("Admin"), errors=(Forbidden,))
    def admin(caller: Caller[Any]) -> Response:
        """List all users, for admins: by the role in the credential, or else as it is now."""
        user, in_credential = profile(caller), caller.holder.role
        role = user.role if in_credential is None else in_credential
        if role != "admin":
            raise Forbidden(f"the role is {role or 'none'}")
        return answer({"user": user.profile(), "users": [each.username for each in users.everybody()]})

    @route("POST /email", auth=changer, body=EMAIL, response_schema=ref("Profile"))
    def email(caller: Caller[Any], email: str) -> Response:
        """Change the user's address."""
        users.set_email(caller.holder.username, email)
        return answer({"user": profile(caller).profile()})

    @route("POST /logout", auth=changer)
    def logout(caller: Caller[Any]) -> Response:
        """End the credential, as far as the server can, and ask the client to forget it."""
        credential.end(caller.holder)
        return carrier.clear(answer(None))

    return blueprint
