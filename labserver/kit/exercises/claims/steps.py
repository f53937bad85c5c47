"""Steps that experiments share."""

from __future__ import annotations

from typing import Any

import requests

from labserver.kit.failures import KitError
from labserver.kit.lab import Lab


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def log_in(lab: Lab, flow: str, who: str = "ada") -> Any:
    """Log in with a session or with a token, and return the body of the answer. Raises KitError if that
    fails.
    """
    answer = lab.client("app").post(f"/{flow}/login", json=lab.login(who))
    if not answer.ok:
        raise KitError(f"an honest login was answered {answer.status_code}: then nothing can be shown")
    return answer.json()


def with_a_token(lab: Lab, token: str) -> requests.Response:
    """Ask who the holder of this token is."""
    return lab.client("app").get("/token/me", headers=bearer(token))


def rows_of(lab: Lab, kind: str) -> int:
    """Count the rows of one kind in the session store: session, family (of refresh tokens) or denied."""
    return [row["kind"] for row in lab.state().rows].count(kind)


def spoken(seconds: int | None) -> str:
    """Say for how many seconds access lasts."""
    return "without an end" if seconds is None else f"{seconds:,} s"
