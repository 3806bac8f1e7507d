"""Counts and logs what turns do, without a word of what users said."""

from __future__ import annotations

import structlog

from dialogs.decision import Decision
from ops.metrics import Metrics
from turn.model import Incoming, Outcome

_MATCHES = {"answer": "answer", "suggestions": "suggestions", "no-match": "no_match", "topic": "no_match"}


class TurnObserver:
    """The `turn.ports.Observer` of a running bot."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._parked = 0
        self._log = structlog.get_logger("turn").bind()  # as logs are configured now: a third of a line's cost

    def turn(self, incoming: Incoming, outcome: Outcome, decision: Decision | None, seconds: float) -> None:
        """One line and one count per turn."""
        channel, happening = incoming.address.channel, incoming.happening
        ended = "replayed" if outcome.replayed else "replied" if outcome.activities else "silent"
        self._metrics.turn(channel, happening, ended, seconds)
        trace = dict(decision.trace) if decision else {}
        kind = str(trace.pop("kind", ""))
        if decision and kind in _MATCHES:
            self._metrics.match(decision.language, _MATCHES[kind])
        language = decision.language if decision else None
        self._log.info(
            "turn",
            channel=channel,
            happening=happening,
            outcome=ended,
            kind=kind,
            language=language,
            ms=round(seconds * 1000, 1),
            **trace,
        )

    def outbox(self, waiting: int, parked: int) -> None:
        """Remember how full the outbox is; one line when more is given up than before."""
        self._metrics.outbox(waiting, parked)
        if parked > self._parked:
            self._log.warning("posts parked", parked=parked, waiting=waiting)
        self._parked = parked

    def failure(self, where: str, error: Exception) -> None:
        """One line: where and what kind, never the error's text."""
        self._log.error("background failure", where=where, error=type(error).__name__)
