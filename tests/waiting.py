"""Waiting for what has no event."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE = 240.0
"""Seconds: what does not happen is told before the guard of 600 s ends the test. A busy machine is no finding."""
PAGE_PATIENCE = 60_000
"""Milliseconds that a browser's page may take for a step."""


async def until(true: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Wait until something is so. Raises `TimeoutError`."""
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - as it says
            await asyncio.sleep(0.005)
