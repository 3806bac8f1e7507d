"""Connections are watched over every loop that serves: Python's own, and the one that the app chooses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

import app


def pytest_asyncio_loop_factories(config: pytest.Config, item: pytest.Item) -> Mapping[str, app.EventLoop]:
    """By name, as pytest-asyncio asks for them."""
    made = app.event_loop() if item.path.name == "test_limits.py" else None
    return {"python": asyncio.new_event_loop, **({"app": made} if made else {})}
