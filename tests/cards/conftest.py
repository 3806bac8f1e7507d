"""What is drawn, and what draws it. Without Chromium or Microsoft's renderer the pictures are skipped, and say so."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from dialogs.decision import Knowledge
from tests.cards.collecting import Message, all_messages
from tests.clients.conftest import chromium as chromium  # noqa: PLC0414 - a fixture
from tests.clients.conftest import tools as tools  # noqa: PLC0414 - a fixture


@pytest.fixture(scope="session")
def messages(knowledge: Knowledge) -> list[Message]:
    """Every message that the bot says in Teams, in both languages."""
    return asyncio.run(all_messages(knowledge))


@pytest.fixture(scope="session")
def shots(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures go: a folder in ``SCREENSHOTS``, else a temporary one."""
    folder = Path(os.environ.get("SCREENSHOTS") or tmp_path_factory.mktemp("shots")) / "cards"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
