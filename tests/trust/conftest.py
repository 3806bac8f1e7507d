"""Fixtures of the suite: a registered bot on a tapped wire."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer
from pydantic import SecretStr
from sqlalchemy import text

import doors
import wiring
from settings import Settings
from tests.bot.fakes import APP_ID, Issuer
from tests.trust.wire import Wire, wired

UNLIMITED: dict[str, Any] = {"connections_per_address": 0, "rate_user": 0, "rate_address": 0, "rate_sessions": 0}


@pytest.fixture(scope="session")
def issuer() -> Issuer:
    """Of the channels' tokens. Keys are slow to make."""
    made = Issuer()
    for key in ("k1", "stranger"):
        made.add_key(key)
    made.add_key("unendorsed", [])
    return made


@dataclass
class RegisteredBot:
    """The whole bot as it runs with an app id, and what it sends into the world."""

    parts: wiring.Parts
    client: TestClient[Any, Any]
    wire: Wire

    async def post(self, activity: object, token: str | None) -> int:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        async with self.client.post("/api/messages", json=activity, headers=headers) as response:
            answered = await response.text()
        assert "Traceback" not in answered
        return response.status

    async def count(self, table: str, where: str = "1 = 1") -> int:
        query = text(f"SELECT count(*) FROM {table} WHERE {where}")
        return int(await self.parts.database.read(lambda connection: connection.execute(query).scalar_one()))


@pytest.fixture
async def registered_bot(
    issuer: Issuer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RegisteredBot]:
    async with wired(issuer, tmp_path) as (wire, session):
        monkeypatch.setattr(wiring, "open_session", lambda: contextlib.nullcontext(session))
        settings = Settings(
            app_id=APP_ID,
            app_password=SecretStr("secret"),
            app_tenant_id="tenant",
            database_url=f"sqlite:///{tmp_path}/bot.db",
            page_check=False,
            **UNLIMITED,
        )
        async with (
            wiring.running(settings) as parts,
            TestClient(TestServer(await doors.web_application(parts)), timeout=aiohttp.ClientTimeout(30)) as client,
        ):
            yield RegisteredBot(parts, client, wire)
