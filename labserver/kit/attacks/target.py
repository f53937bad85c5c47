"""The target of an attack: a server, an honest user who is the victim, and the attacker's own account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, Self
from urllib.parse import urlsplit

from labserver.kit.failures import KitError
from labserver.kit.forgery.forge import segment
from labserver.kit.processes.client import Address, Direct, Peer

if TYPE_CHECKING:
    from labserver.kit.lab import Lab

Sign = Callable[[Mapping[str, Any], Mapping[str, Any]], str]


class TargetUnfit(KitError):
    """The server cannot be attacked as it is: honest use does not work, or something is missing."""


class Account(NamedTuple):
    """A username and its password, which is not printed."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Account({self.username!r})"


@dataclass(frozen=True)
class Target:
    """A base URL that speaks the contract, with two accounts on it.

    `sign` signs any header and payload with the server's own key, as the control API does; without it,
    attacks that need a well-signed token that is wrong in one way are not tried. Use accounts made for this.
    """

    url: str
    victim: Account
    attacker: Account
    ca: str | None = None
    sign: Sign | None = field(default=None, repr=False)
    pairs: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False, compare=False)
    """The tokens that the accounts hold, kept between attacks: each login costs a password check."""

    peer: Peer | None = field(default=None, repr=False, compare=False)
    """How clients reach the server, where its address alone does not say it: inside this process."""

    @property
    def server(self) -> Peer:
        """What a client has to know of the server."""
        return self.peer or Address(self.url, self.ca)

    @classmethod
    def of(cls, lab: Lab, victim: str = "ada", attacker: str = "mallory") -> Self:
        """Aim at a lab's server and its demo users."""
        lab.insist()
        honest, other = Account(**lab.login(victim)), Account(**lab.login(attacker))
        return cls(lab.url, honest, other, lab.ca, lab.sign, peer=lab.server)

    @classmethod
    def from_ready_message(
        cls, message: Mapping[str, Any], victim: str = "ada", attacker: str = "mallory"
    ) -> Self:
        """Aim at the server of a ready message of `labserver serve --lab`: {url, users, lab_key, ca}.

        The last two may be missing. Raises TargetUnfit if the address or an account is.
        """
        users = message.get("users")
        try:
            url = urlsplit(str(message.get("url"))).geturl()  # the scheme in lower case
        except ValueError:
            url = ""
        if not url.startswith(("http://", "https://")):
            raise TargetUnfit("There is no address to attack: give a URL such as http://127.0.0.1:8000.")
        accounts = {}
        for name in (victim, attacker):
            try:
                accounts[name] = Account(name, str(users[name]["password"]))  # type: ignore[index]
            except (KeyError, TypeError):
                raise TargetUnfit(f"There is no password for {name}.") from None
        url, ca, key = url.rstrip("/"), message.get("ca"), message.get("lab_key")
        return cls(
            url, accounts[victim], accounts[attacker], ca, control_signer(url, key, ca) if key else None
        )


def control_signer(url: str, key: str, ca: str | None) -> Sign:
    """Return a function that lets the control API sign."""

    def sign(header: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
        segments = {"header": segment(header), "payload": segment(payload)}
        with Direct() as client:
            answer = client.post(
                f"{url}/lab/sign", json=segments, headers={"X-Lab-Key": key}, verify=ca or True, timeout=30
            )
        if not answer.ok:
            raise TargetUnfit(f"The lab desk answers {answer.status_code}: is the lab key this server's?")
        return f"{segments['header']}.{segments['payload']}.{answer.json()['signature']}"

    return sign
