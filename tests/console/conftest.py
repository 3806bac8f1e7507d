"""The content, and a console over an empty database."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from desk.access import Role
from faq.library import Library
from tests.console.missing import Desk, desk_opened
from tests.console.place import Browser, Place, opened


@pytest.fixture
async def place(tmp_path: Path, library: Library) -> AsyncIterator[Place]:
    async with opened(tmp_path, library) as running:
        yield running


@pytest.fixture
async def desk(tmp_path: Path, library: Library) -> AsyncIterator[Desk]:
    async with desk_opened(tmp_path, library) as running:
        yield running


@pytest.fixture
async def curator(desk: Desk) -> Browser:
    return await desk.place.signed_in(Role.CURATOR, name="cora")
