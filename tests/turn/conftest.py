"""No turn of these tests may hold the event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.trust.looping import watched_loop

LONGEST = 0.1
"""Seconds of the processor in one callback. A whole turn over the twins in memory is one."""


@pytest.fixture(autouse=True)
async def the_loop_goes_on() -> AsyncIterator[None]:
    with watched_loop() as watch:
        yield
    assert watch.busy <= LONGEST, watch.worst
