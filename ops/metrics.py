"""What is counted, and ``/metrics`` for Prometheus."""

from __future__ import annotations

from functools import lru_cache

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

CHANNELS = frozenset({"msteams", "webchat", "directline", "emulator", "terminal"})
TURN_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
SERIES = 256
"""Series of a counter that are found at once; there are fewer."""


class Metrics:
    """The bot's counters, in a registry of their own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._turns = Counter(
            "bot_turns_total", "Turns handled.", ("channel", "kind", "outcome"), registry=self.registry
        )
        self._seconds = Histogram(
            "bot_turn_seconds",
            "Time from the checked activity to the commit.",
            buckets=TURN_SECONDS,
            registry=self.registry,
        )
        self._matches = Counter(
            "bot_matches_total", "Answers of the FAQ matcher.", ("language", "kind"), registry=self.registry
        )
        self._waiting = Gauge("bot_outbox_waiting", "Messages waiting to be sent.", registry=self.registry)
        self._parked = Gauge("bot_outbox_parked", "Messages given up.", registry=self.registry)
        self._responses = Counter(
            "bot_http_responses_total", "HTTP responses.", ("method", "route", "status"), registry=self.registry
        )
        # To look a series up takes longer than to count.
        self._turns_of, self._matches_of, self._responses_of = (
            lru_cache(SERIES)(counter.labels) for counter in (self._turns, self._matches, self._responses)
        )

    def turn(self, channel: str, kind: str, outcome: str, seconds: float) -> None:
        """Count a turn: what happened (`turn.model.Happening`), how it ended, how long it took.

        A channel names itself, so unknown names are counted as ``other``: labels must stay few.
        """
        self._turns_of(channel if channel in CHANNELS else "other", kind, outcome).inc()
        self._seconds.observe(seconds)

    def match(self, language: str, kind: str) -> None:
        """Count an answer of the matcher: ``answer``, ``suggestions`` or ``no_match``."""
        self._matches_of(language, kind).inc()

    def outbox(self, waiting: int, parked: int) -> None:
        """Tell how full the outbox is."""
        self._waiting.set(waiting)
        self._parked.set(parked)

    def response(self, request: web.Request, status: int) -> None:
        """Count an HTTP response under its route's pattern, never its path."""
        resource = request.match_info.route.resource
        method = request.method if request.method in _METHODS else "other"
        self._responses_of(method, resource.canonical if resource else "none", str(status)).inc()

    async def handle(self, _request: web.Request) -> web.Response:
        """``GET /metrics``."""
        return web.Response(body=generate_latest(self.registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
