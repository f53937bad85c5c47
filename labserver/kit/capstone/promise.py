"""What honest people may expect of a server. A promise is a script that goes through, or says why not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from labserver.kit.attacks.scene import ODD_ANSWER, NotTried, Scene
from labserver.kit.attacks.target import Account, Target, TargetUnfit
from labserver.kit.capstone.target import control_of
from labserver.kit.failures import KitError
from labserver.kit.processes.client import Client


class BrokenPromise(Exception):
    """A promise is not kept; the text says which request shows it."""


@dataclass(frozen=True)
class Promise:
    """One promise: a sentence, and the script that shows it."""

    sentence: str
    script: Callable[[Scene], None]

    def broken(self, target: Target) -> str:
        """Return how it is broken; empty if it is kept, or cannot be tried here.

        Raises ServerGone if the server is silent.
        """
        with Scene(target) as scene:
            try:
                self.script(scene)
            except NotTried:
                return ""
            except (BrokenPromise, TargetUnfit) as error:
                return str(error)
            except ODD_ANSWER as error:
                last = scene.exchanges[-1] if scene.exchanges else None
                where = f"the answer to {_request(last)}" if last is not None else "an answer"
                return f"{where} has not the shape of the contract ({type(error).__name__}: {error})"
        return ""


def promise(sentence: str) -> Callable[[Callable[[Scene], None]], Promise]:
    """Make a promise of a script. It raises BrokenPromise where the promise is not kept."""
    return lambda script: Promise(sentence, script)


class Person:
    """An honest user at one browser or app."""

    def __init__(self, scene: Scene, account: Account | None = None) -> None:
        self.scene, self.account = scene, account or scene.target.victim
        self.client: Client = scene.client(self.account)

    def ask(self, method: str, path: str, *expected: int, **options: Any) -> Any:
        """Send a request and return what the answer says. Raises BrokenPromise for another status."""
        answer = self.client.request(method, path, **options)
        if answer.status_code not in expected:
            wanted = " or ".join(map(str, expected))
            raise BrokenPromise(
                f"{_request(answer)} answers {answer.status_code} and not {wanted}{self._why(answer)}"
            )
        return answer.json() if "json" in answer.headers.get("Content-Type", "") else None

    def log_in(self) -> dict[str, str]:
        """Log in with a session; return the header with the CSRF token."""
        body = self.ask("POST", "/session/login", 200, json=self.account._asdict())
        return {"X-CSRF-Token": body["csrf_token"]}

    def get_tokens(self) -> dict[str, Any]:
        """Log in with a token; return what the login answers."""
        return dict(self.ask("POST", "/token/login", 200, json=self.account._asdict()))

    def insist(self, holds: object, sentence: str) -> None:
        """Raise BrokenPromise with this sentence if something does not hold."""
        if not holds:
            raise BrokenPromise(f"{_request(self.scene.exchanges[-1])}: {sentence}")

    def _why(self, answer: requests.Response) -> str:
        """Name the line of the learner's file that raised, if that is why."""
        if answer.status_code >= 500:
            with suppress(NotTried, KitError, requests.RequestException, IndexError):
                return f". {control_of(self.scene).mistakes()[-1]}"
        with suppress(ValueError, AttributeError):
            if code := answer.json().get("code"):
                return f" ({code})"
        return ""


def bearer(token: str) -> dict[str, str]:
    """Write the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def _request(answer: requests.Response) -> str:
    return f"{answer.request.method} {urlsplit(answer.request.url or '').path}"
