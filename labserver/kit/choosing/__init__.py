"""Choosing a design: what a system needs, which designs violate that, and what an incident does to each.

from labserver import choosing
choosing.violates(choosing.JWT, choosing.SYSTEMS["bank"])
"""

from labserver.kit.choosing.design import HYBRID, JWT, SESSION, SYSTEMS, Design, Needs, violates
from labserver.kit.choosing.edge import Edge, EdgeSession, InsideToken
from labserver.kit.choosing.incidents import INCIDENTS, strike

__all__ = [
    "HYBRID",
    "INCIDENTS",
    "JWT",
    "SESSION",
    "SYSTEMS",
    "Design",
    "Edge",
    "EdgeSession",
    "InsideToken",
    "Needs",
    "strike",
    "violates",
]
