"""Where an attack takes place: clients that remember what they sent, and the steps that attacks share."""

from __future__ import annotations

import time
from collections.abc import Iterable
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import requests

from labserver.kit.attacks.target import Account, Target, TargetUnfit
from labserver.kit.failures import ServerGone
from labserver.kit.forgery.forge import fields
from labserver.kit.processes.client import Client


class NotTried(Exception):
    """There is nothing here to try this attack on; the text says why."""


ODD_ANSWER = (LookupError, TypeError, ValueError, AttributeError, RecursionError)
"""What a script meets in an answer of another shape than the contract's, however odd."""

WHOLE_SECONDS, WHOLE_BYTES = 30, 1024**2
"""What an answer's body may take until it is whole."""


class EndlessAnswer(requests.RequestException):
    """An answer goes on and on."""


class Patient(Client):
    """A client that follows no redirect, and raises ServerGone where the server does not answer."""

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request. Raises ServerGone, whatever it is that fails."""
        try:
            options = {"allow_redirects": False, "timeout": 30, **kwargs, "stream": True}
            return read_whole(super().request(method, url, *args, **options))
        except ServerGone:
            raise ServerGone(f"no answer from {self.url}") from None
        except requests.exceptions.SSLError:
            raise ServerGone(f"the certificate of {self.url} is vouched for by nobody known here") from None
        except requests.RequestException as error:
            raise ServerGone(f"no answer from {self.url} ({type(error).__name__})") from None


def read_whole(answer: requests.Response) -> requests.Response:
    """Read the body of an answer whose headers are here. Raises EndlessAnswer."""
    body, end = b"", time.monotonic() + WHOLE_SECONDS
    for part in answer.iter_content(64):  # small, as a server may send a byte at a time
        body += part
        if len(body) > WHOLE_BYTES or time.monotonic() > end:
            answer.close()
            raise EndlessAnswer
    vars(answer)["_content"] = body
    return answer


class BrowserSession(NamedTuple):
    """Somebody logged in by cookie: the browser, and what the login gave it."""

    browser: Client
    cookie: str
    id: str
    csrf: str
    attributes: str

    @property
    def as_header(self) -> dict[str, str]:
        """What a browser sends, and what a thief with a copy can send."""
        return {"Cookie": f"{self.cookie}={self.id}"}


class Scene:
    """One attack's clients. `exchanges` holds whatever they sent, in order."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self.exchanges: list[requests.Response] = []
        self._clients: list[Client] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for client in self._clients:
            client.close()

    def client(self, account: Account | None = None) -> Client:
        """Return a new client, without cookies, for this account; the attacker's by default."""
        name, victim = (account or self.target.attacker).username, self.target.victim.username
        return self._watch(Patient(name, self.target.server, attacker=name != victim))

    def page(self, victim: BrowserSession) -> Client:
        """Return the attacker's page, open in the victim's browser, whose cookies go with its requests."""
        return self._watch(victim.browser.guest("evil page"))

    def _watch(self, client: Client) -> Client:
        exchanges = self.exchanges

        def remember(response: requests.Response, *_: Any, **__: Any) -> None:
            # Not by way of self: a request keeps its hooks, and would keep the target and its lab alive.
            exchanges.append(response)

        client.hooks["response"].append(remember)
        self._clients.append(client)
        return client

    def session(self, account: Account, headers: dict[str, str] | None = None) -> BrowserSession:
        """Log in with a session, in a browser that may have a cookie already.

        Raises NotTried where there is no such login, TargetUnfit where it does not work.
        """
        browser = self.client(account)
        answer = browser.post("/session/login", json=account._asdict(), headers=headers)
        self._insist(answer, account)
        for line in answer.raw.headers.getlist("Set-Cookie"):
            pair, _, attributes = line.partition(";")
            name, _, value = pair.partition("=")
            if name == self.cookie_name and value:
                return BrowserSession(
                    browser, name, value, str(answer.json().get("csrf_token", "")), attributes
                )
        raise TargetUnfit(f"POST /session/login sets no cookie {self.cookie_name}.")

    def tokens(self, account: Account, *, fresh: bool = False) -> dict[str, Any]:
        """Log in with a token: {access_token, …}. A pair that gets used up has to be fresh.

        Raises NotTried where there is no such login, TargetUnfit where it does not work.
        """
        if fresh or account.username not in self.target.pairs:
            answer = self.client(account).post("/token/login", json=account._asdict())
            self._insist(answer, account)
            pair = answer.json()
            if "access_token" not in pair:
                raise TargetUnfit("POST /token/login returns no access_token.")
            if fresh:
                return dict(pair)
            self.target.pairs[account.username] = pair
        return self.target.pairs[account.username]

    def refresh_token(self, account: Account, *, fresh: bool = False) -> str:
        """Log in and return the refresh token. Raises NotTried where a login returns none."""
        token = self.tokens(account, fresh=fresh).get("refresh_token")
        if token is None:
            raise NotTried("a login returns no refresh token")
        return str(token)

    def template(self, **claims: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return header and claims to forge from: the attacker's own token, rewritten to be the victim's.

        Raises NotTried where that token is not a JWT.
        """
        own = self.tokens(self.target.attacker)["access_token"]
        try:
            header, payload = fields(own, 0), fields(own, 1)
        except (ValueError, IndexError):
            raise NotTried("the access token is not a JWT") from None
        return header, payload | {"sub": self.target.victim.username} | claims

    def sign(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """Sign with the server's own key. Raises NotTried where there is no control API to do it."""
        if self.target.sign is None:
            raise NotTried("needs the lab desk, to have a wrong token signed well")
        return self.target.sign(header, claims)

    def present(self, forged: Iterable[str], path: str = "/token/me") -> tuple[bool, str]:
        """Present tokens until one opens the victim's profile; returns whether one did, and the answer."""
        client, summary = self.client(), "nothing was sent"
        for token in forged:
            answer = client.get(path, headers={"Authorization": f"Bearer {token}"})
            summary = self.summarize(answer)
            if self.opens(answer):
                return True, summary
        return False, summary

    def guess(self, ids: Iterable[str]) -> tuple[bool, str, int]:
        """Send session ids until one opens the victim's profile.

        Returns whether one did, the last answer, and how many were sent.
        """
        client, summary, count = self.client(), "nothing was sent", 0
        for count, one in enumerate(ids, 1):
            answer = client.get("/session/me", headers={"Cookie": f"{self.cookie_name}={one}"})
            summary = self.summarize(answer)
            if self.opens(answer):
                return True, summary, count
        return False, summary, count

    def opens(self, answer: requests.Response) -> bool:
        """Return whether an answer shows the victim's own profile."""
        return answer.status_code == 200 and _user(answer) == self.target.victim.username

    def summarize(self, answer: requests.Response) -> str:
        """Describe an exchange in a line without a secret."""
        said = _json(answer).get("code") or (f"as {name}" if (name := _user(answer)) else "")
        path = urlsplit(answer.request.url or "").path
        return f"{answer.request.method} {path} → {answer.status_code} {said}".rstrip()

    @property
    def cookie_name(self) -> str:
        """The name of the session's cookie; over TLS it begins with `__Host-`."""
        return "__Host-sid" if self.target.url.startswith("https:") else "sid"

    @property
    def neighbour(self) -> str:
        """The origin of another port on the same host: another origin, but to cookies the same site."""
        place = urlsplit(self.target.url)
        host = f"[{place.hostname}]" if ":" in (place.hostname or "") else place.hostname
        return f"{place.scheme}://{host}:{1 if place.port != 1 else 2}"

    @staticmethod
    def _insist(answer: requests.Response, account: Account) -> None:
        """Raise if honest use does not work: then a refusal would prove nothing."""
        path = urlsplit(answer.request.url or "").path
        if answer.status_code in (404, 405, 501):
            raise NotTried(f"there is no POST {path}")
        if answer.status_code != 200 or not isinstance(_any(answer), dict):
            raise TargetUnfit(
                f"POST {path} answers {answer.status_code} to {account.username}, who has to get in "
                "honestly: check the address and the password."
            )


def _any(answer: requests.Response) -> Any:
    try:
        return answer.json()
    except (ValueError, RecursionError):
        return None


def _json(answer: requests.Response) -> dict[str, Any]:
    data = _any(answer)
    return data if isinstance(data, dict) else {}


def _user(answer: requests.Response) -> str | None:
    user = _json(answer).get("user")
    return str(user.get("username")) if isinstance(user, dict) else None
