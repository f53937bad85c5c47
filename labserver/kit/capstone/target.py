"""The learner's server as the steps see it: an address with two accounts, and a control of its clock."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from labserver.kit.attacks.scene import NotTried, Scene
from labserver.kit.attacks.target import Target
from labserver.kit.processes.client import Direct

NO_CONTROL = "needs a server that was started here, to move its clock and to read what it stores"


@dataclass(frozen=True)
class OwnControl:
    """What the starter of a server can do and nobody else: move its clock, read what it stores."""

    url: str
    key: str = field(repr=False)
    ca: str | None = None

    def advance(self, *, minutes: float = 0, hours: float = 0, days: float = 0) -> None:
        """Move the server's clock forward."""
        self._ask("POST", "clock", advance=60 * minutes + 3600 * hours + 86400 * days)

    def texts(self) -> list[str]:
        """Return every text that the server stores, as it is stored."""
        state = self._ask("GET", "state")
        return list(dict.fromkeys(_texts([state.get(part) for part in ("texts", "store", "users")])))

    def mistakes(self) -> list[str]:
        """Return the errors in the learner's file since the start, each with its line."""
        return list(self._ask("GET", "state").get("mistakes", ()))

    def _ask(self, method: str, path: str, **body: Any) -> Any:
        with Direct() as direct:
            answer = direct.request(
                method,
                f"{self.url}/lab/{path}",
                json=body or None,
                headers={"X-Lab-Key": self.key},
                verify=self.ca or True,
                timeout=30,
            )
        if not answer.ok:
            raise NotTried(f"the lab desk answers {answer.status_code}")
        return answer.json()


@dataclass(frozen=True)
class OwnTarget(Target):
    """A target whose clock can be moved, if there is a control."""

    control: OwnControl | None = field(default=None, repr=False)

    @classmethod
    def from_ready_message(
        cls, message: Mapping[str, Any], victim: str = "ada", attacker: str = "mallory"
    ) -> Self:
        """Aim at the server of a ready message. Raises TargetUnfit if address or account is missing."""
        target = super().from_ready_message(message, victim, attacker)
        key = message.get("lab_key")
        return replace(target, control=OwnControl(target.url, str(key), target.ca) if key else None)

    def restarted(self) -> Self:
        """Return the same target without the tokens that it remembers: the clock may have moved since."""
        return replace(self, pairs={})


def control_of(scene: Scene) -> OwnControl:
    """Return the control of a scene's target. Raises NotTried where there is none."""
    control = getattr(scene.target, "control", None)
    if not isinstance(control, OwnControl):
        raise NotTried(NO_CONTROL)
    return control


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)
