"""The weaknesses that lessons switch on, one at a time: each hands in a worse part of the server.

Nothing here is reachable without lab mode, which exists on loopback only. The parts that they stand in for do
not know them: their code is the same with a weakness and without.
"""

from __future__ import annotations

from labserver.lab_mode.weaknesses import cookies, pages, refresh, sessions, tokens
from labserver.lab_mode.weaknesses.registry import NONE, WEAKNESSES, Weakness, register

__all__ = ["NONE", "WEAKNESSES", "Weakness", "register"]

register(
    *sessions.WEAKNESSES,
    *cookies.WEAKNESSES,
    *pages.WEAKNESSES,
    *tokens.WEAKNESSES,
    *refresh.WEAKNESSES,
)
