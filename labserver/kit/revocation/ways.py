"""Five ways to end one device's access before its time, each with a real server.

`LookUp`, `Denylist` and `RetiredKey` are what the server itself does. `PushedList` and `VersionNumber` are
not built into it: each is written here as a small check around the real server, and says what of it is real.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, ClassVar

import jwt
import requests

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab
from labserver.kit.processes.client import Client

UNTIMED: jwt.types.Options = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


@dataclass
class Device:
    """A device that somebody is logged in on: its client, and the credential that it sends."""

    owner: str
    client: Client
    credential: str
    csrf: str = ""

    @property
    def claims(self) -> dict[str, Any]:
        """What its token says, read without a check."""
        claims: dict[str, Any] = jwt.decode(self.credential, options={"verify_signature": False})
        return claims

    def ask(self, path: str) -> requests.Response:
        """Send a request with the token."""
        return self.client.get(path, headers={"Authorization": f"Bearer {self.credential}"})


class Way:
    """How access ends: `log_in` a device, see whether it `gets_in`, and `end` its access."""

    name: ClassVar[str]

    def __init__(self, lab: Lab) -> None:
        self.lab = lab

    def log_in(self, user: str) -> Device:
        """Log somebody in on a new device; by default with a token."""
        client = self.lab.client(user)
        answer = client.post("/token/login", json=self.lab.login(user))
        return Device(user, client, answer.json()["access_token"])

    def gets_in(self, device: Device) -> bool:
        """Send one request, and say whether it is answered."""
        return device.ask("/token/me").ok

    def end(self, device: Device) -> None:
        """End this device's access. Raises KitError if the server does not do it."""
        raise NotImplementedError


class LookUp(Way):
    """A session: its row is looked up on each request, and a logout deletes it."""

    name = "look-up (session)"

    def log_in(self, user: str) -> Device:
        client = self.lab.client(user)
        csrf = client.post("/session/login", json=self.lab.login(user)).json()["csrf_token"]
        return Device(user, client, client.cookies["sid"], csrf)

    def gets_in(self, device: Device) -> bool:
        return device.client.get("/session/me").ok

    def end(self, device: Device) -> None:
        copy = dict(device.client.cookies)
        device.client.post("/session/logout", headers={"X-CSRF-Token": device.csrf})
        device.client.cookies.update(copy)  # the browser forgets the cookie, a thief who copied it does not


class Denylist(Way):
    """A list of revoked tokens in the session store, looked up on each request. Needs `denylist=True`."""

    name = "list"

    def end(self, device: Device) -> None:
        answer = device.client.post("/token/revoke", data={"token": device.credential})
        if not answer.ok:
            raise KitError(f"/token/revoke was answered {answer.status_code}: has this lab a denylist?")


class PushedList(Denylist):
    """The same list, copied every `every` seconds into the memory of a service that checks tokens by itself.

    Real: the token, its signature (checked here with the key that the server publishes, so the lab needs
    ES256, EdDSA or RS256), the list in the server's store, the server's clock. Made simple: the service is
    this object, and it fetches the list through the control API; in production a message queue pushes it.
    """

    name = "pushed list"

    def __init__(self, lab: Lab, every: int) -> None:
        super().__init__(lab)
        self.every = every
        self._fetched, self._denied = float("-inf"), frozenset[str]()
        self._keys = self._fetch_keys()

    def gets_in(self, device: Device) -> bool:
        now = self.lab.clock.now()
        if now - self._fetched >= self.every:
            rows = self.lab.state().rows
            self._denied = frozenset(row["key"] for row in rows if row["kind"] == "denied")
            self._fetched = now
        try:
            claims = self._verified(device.credential)
        except (jwt.InvalidTokenError, KeyError):  # a wrong signature, or a key that the server does not have
            return False
        return claims["exp"] > now and hashlib.sha256(claims["jti"].encode()).hexdigest() not in self._denied

    def _fetch_keys(self) -> dict[str, jwt.PyJWK]:
        published = self.lab.client("service").get("/.well-known/jwks.json").json()["keys"]
        return {key["kid"]: jwt.PyJWK(key) for key in published}

    def _verified(self, token: str) -> dict[str, Any]:
        """Check the signature. The times are the lab's, so PyJWT, which knows its own clock, leaves them."""
        kid = jwt.get_unverified_header(token)["kid"]
        if kid not in self._keys:
            self._keys = self._fetch_keys()
        key = self._keys[kid]
        claims: dict[str, Any] = jwt.decode(
            token, key, [key.algorithm_name], UNTIMED, audience="labserver-api", issuer="labserver"
        )
        return claims


class VersionNumber(Way):
    """A number in the user's row. A token carries it as `ver`; to end all tokens of a user, count it up.

    Real: the token, signed with the server's own key, the server's check of it, and the read of the user's
    row that `/token/me` makes anyway. Made simple: the number itself is kept here, beside the lab, because
    the users' table of this server has no such column.
    """

    name = "version number"

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab)
        self._numbers: dict[str, int] = {}

    def log_in(self, user: str) -> Device:
        device = super().log_in(user)
        header = jwt.get_unverified_header(device.credential)
        device.credential = self.lab.sign(header, {**device.claims, "ver": self._numbers.get(user, 0)})
        return device

    def gets_in(self, device: Device) -> bool:
        answer = device.ask("/token/me")  # the server checks the token and reads the user's row
        return answer.ok and device.claims["ver"] == self._numbers.get(answer.json()["user"]["username"], 0)

    def end(self, device: Device) -> None:
        self._numbers[device.owner] = self._numbers.get(device.owner, 0) + 1


class RetiredKey(Way):
    """A new key signs, and the old one is retired: what it signed is refused from then on."""

    name = "retired key"

    def end(self, device: Device) -> None:
        self.lab.keys.rotate()
        self.lab.keys.retire()
