"""``/healthz`` (the process lives) and ``/readyz`` (it can answer users)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

CHECK_SECONDS = 2.0


class Condition(StrEnum):
    """How a part is doing."""

    OK = "ok"
    DEGRADED = "degraded"
    """Users are answered, but someone should look: broken content was refused, posts are parked."""
    FAILED = "failed"
    """Users cannot be answered."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. ``detail`` is shown to anyone who asks: no secrets, no words of users."""

    condition: Condition = Condition.OK
    detail: str = ""


Check = Callable[[], Awaitable[Finding]]


class Health:
    """Answers the probes from named checks: database, content, outbox."""

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = dict(checks)
        self._stopping = False

    def stop(self) -> None:
        """Report *not ready* from now on, so that no new users are sent here while turns finish."""
        self._stopping = True

    async def alive(self, _request: web.Request) -> web.Response:
        """``GET /healthz``: 200 while the event loop runs."""
        return web.json_response({"status": Condition.OK})

    async def ready(self, _request: web.Request) -> web.Response:
        """``GET /readyz``: 200, also when degraded; 503 when a part failed or the process is stopping."""
        found = dict(zip(self._checks, await asyncio.gather(*map(_examine, self._checks.values())), strict=True))
        conditions = {finding.condition for finding in found.values()}
        if self._stopping:
            status = "stopping"
        elif Condition.FAILED in conditions:
            status = Condition.FAILED
        else:
            status = Condition.DEGRADED if Condition.DEGRADED in conditions else Condition.OK
        body = {
            "status": status,
            "checks": {name: {"status": part.condition, "detail": part.detail} for name, part in found.items()},
        }
        return web.json_response(body, status=200 if status in (Condition.OK, Condition.DEGRADED) else 503)


async def _examine(check: Check) -> Finding:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return Finding(Condition.FAILED, "no answer in time")
    except Exception as error:  # noqa: BLE001 - a probe reports every failure, of whatever kind
        return Finding(Condition.FAILED, type(error).__name__)
