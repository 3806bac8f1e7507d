"""What the system says about another process, and a channel for it."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import web

UNLIMITED = {"RATE_USER": "0", "RATE_ADDRESS": "0", "RATE_SESSIONS": "0", "PAGE_CHECK": "off", "LOG_LEVEL": "info"}
"""Settings of a bot whose rates are not what is tested."""


def resident(pid: int) -> float:
    """Memory in use, in MB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the process is gone")


def descriptors(pid: int) -> int:
    """Open files and sockets."""
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


STARVED = 0.5
"""Share of a process's time without a processor from which it is late through no fault of its own.

On a quiet machine it is a third: a bot with little to do waits a moment at each of its many wakings.
"""


def starved(pid: int, before: tuple[int, int] = (0, 0)) -> float:
    """Which share of its time since ``before`` (`processor_time`) the main thread waited for a processor to be free."""
    ran, waited = (now - then for now, then in zip(processor_time(pid), before, strict=True))
    return waited / max(ran + waited, 1)


def processor_time(pid: int) -> tuple[int, int]:
    """Nanoseconds that the main thread ran, and that it could have run but other programs did."""
    ran, waited, _ = Path(f"/proc/{pid}/schedstat").read_text().split()
    return int(ran), int(waited)


@dataclass
class Taking:
    """A channel that takes everything at once."""

    url: str = ""
    bodies: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    """Messages by conversation, in the order they came."""
    keeps: bool = True

    async def take(self, request: web.Request) -> web.Response:
        body = await request.json()
        if self.keeps and isinstance(body, dict) and body.get("type") == "message":
            self.bodies[str(body["conversation"]["id"])].append(body)
        return web.json_response({"id": "given"}, status=201)


@contextlib.asynccontextmanager
async def taking_channel(*, keeps: bool = True) -> AsyncIterator[Taking]:
    """A `Taking` on a free port."""
    channel = Taking(keeps=keeps)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", channel.take)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=512)
    await site.start()
    channel.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield channel
    finally:
        await runner.cleanup()
