"""The hybrid: sessions at the edge, tokens of a minute inside.

    edge = Edge(lab)
    page = edge.get(session_id, services=3)       # one look-up, and a token for the services behind
    lab.ledger(*page)

Browsers hold a session id. The edge looks it up, signs a short token in the user's name, and sends that to
the services behind it, which know nothing of sessions. The edge keeps a token for as long as it is good.
"""

from __future__ import annotations

import secrets

import requests

from labserver.kit.lab import Lab
from labserver.kit.revocation.credential_holders import CredentialHolder, SessionId

SECONDS = 60
"""How long a token of the edge is good, in seconds."""
NAMES = {"iss": "labserver", "aud": "labserver-api"}
"""Who signs, and for whom, as in the server's own tokens."""


class Edge:
    """What stands between browsers and services. It signs with the lab's own key."""

    def __init__(self, lab: Lab, seconds: int = SECONDS) -> None:
        self.lab, self.seconds, self.signed = lab, seconds, 0
        self._client, self._inside = lab.client("edge"), lab.client("edge")
        self._tokens: dict[str, tuple[float, str]] = {}

    def get(self, session_id: str, services: int = 1, path: str = "/token/me") -> list[requests.Response]:
        """Look the session up, then ask this number of services. Returns all answers, the look-up's first.

        If the session is not good, no service is asked.
        """
        check = self._client.get("/session/me", headers={"Cookie": f"sid={session_id}"})
        if not check.ok:
            return [check]
        user = check.json()["user"]
        return [check, *(self._ask(path, user["username"], user["role"]) for _ in range(services))]

    def _ask(self, path: str, username: str, role: str) -> requests.Response:
        """Ask a service; with a new token, if it refuses the kept one: its key may be gone."""
        answer = self._inside.get(path, headers=_bearer(self.token(username, role)))
        if answer.status_code == 401:
            self._tokens.pop(username)
            answer = self._inside.get(path, headers=_bearer(self.token(username, role)))
        return answer

    def token(self, username: str, role: str) -> str:
        """Return a token for the services behind: a new one, or the last one if it is still good."""
        state = self.lab.state()
        until, token = self._tokens.get(username, (0.0, ""))
        if state.now >= until:
            now = int(state.now)
            key = next(key for key in state.keys if key["signs"])
            header = {"alg": key["alg"], "kid": key["kid"], "typ": "at+jwt"}
            times = {"iat": now, "exp": now + self.seconds}
            whose = {"sub": username, "role": role, "jti": secrets.token_urlsafe(16)}
            token = self.lab.sign(header, NAMES | times | whose)
            self._tokens[username] = (times["exp"], token)
            self.signed += 1
        return token


class EdgeSession(SessionId):
    """A holder of a session id, who comes to the services through the edge."""

    def __init__(self, lab: Lab) -> None:
        self.edge = Edge(lab)
        super().__init__(lab)

    def gets_in(self) -> bool:
        """Try the admin's page of a service behind the edge."""
        return self.edge.get(self.sid, path="/token/admin")[-1].ok


class InsideToken(CredentialHolder):
    """A holder of a token that the edge has signed, inside the network: there nobody looks up a session."""

    flow = "session"
    lives = SECONDS

    def take(self, answer: requests.Response) -> None:
        """Log in outside, and let the edge sign a token."""
        self.sid, self.csrf = self.client.cookies["sid"], answer.json()["csrf_token"]
        user = answer.json()["user"]
        self.access = Edge(self.lab).token(user["username"], user["role"])

    def header(self) -> dict[str, str]:
        """Write what the owner sends outside, for `do`."""
        return {"Cookie": f"sid={self.sid}", "X-CSRF-Token": self.csrf}

    def gets_in(self) -> bool:
        """Try the admin's page of a service, from inside."""
        return self.lab.client("inside").get("/token/admin", headers=_bearer(self.access)).ok


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
