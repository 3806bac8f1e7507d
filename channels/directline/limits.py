"""How often a network address may come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from aiohttp import web

Wait = Callable[[web.Request], float]
"""Counts a request; gives the seconds that its sender has to wait, 0 when it may go on."""


def unlimited(_: web.Request) -> float:
    """Nobody waits."""
    return 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Who knows the secret is a site's server, which comes for all its users: not limited."""

    visits: Wait = unlimited
    """Every request."""
    sessions: Wait = unlimited
    """Requests for a session."""


UNLIMITED = Limits()
