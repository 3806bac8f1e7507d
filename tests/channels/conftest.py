"""An open door and a visitor's conversation behind it, for one test each."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.channels.door import Door, Line, opened


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with opened() as one:
        yield one


@pytest.fixture
async def line(door: Door) -> Line:
    return await door.visitor()
