"""Probes."""

from __future__ import annotations

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from ops import health
from ops.health import Check, Condition, Finding, Health


def check(condition: Condition, detail: str = "") -> Check:
    async def run() -> Finding:
        return Finding(condition, detail)

    return run


async def broken() -> Finding:
    raise OSError("password=canary")


async def hanging() -> Finding:
    await asyncio.Event().wait()
    return Finding()


async def ask(probes: Health, path: str = "/readyz") -> tuple[int, dict[str, object]]:
    app = web.Application()
    app.router.add_get("/healthz", probes.alive)
    app.router.add_get("/readyz", probes.ready)
    async with TestClient(TestServer(app)) as client, client.get(path) as response:
        return response.status, await response.json()


@pytest.mark.parametrize(
    ("checks", "code", "status"),
    [
        ({}, 200, "ok"),
        ({"database": check(Condition.OK)}, 200, "ok"),
        ({"database": check(Condition.OK), "content": check(Condition.DEGRADED)}, 200, "degraded"),
        ({"database": check(Condition.FAILED), "content": check(Condition.DEGRADED)}, 503, "failed"),
        ({"database": broken}, 503, "failed"),
    ],
)
async def test_ready(checks: dict[str, Check], code: int, status: str) -> None:
    answered, body = await ask(Health(checks))
    assert (answered, body["status"]) == (code, status)
    assert "canary" not in str(body)


async def test_a_check_says_what_is_wrong() -> None:
    _, body = await ask(Health({"content": check(Condition.DEGRADED, "en/faq.yaml:14:5")}))
    assert body["checks"] == {"content": {"status": "degraded", "detail": "en/faq.yaml:14:5"}}


async def test_a_check_that_hangs_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "CHECK_SECONDS", 0.01)
    answered, body = await ask(Health({"database": hanging}))
    assert (answered, body["status"]) == (503, "failed")


async def test_a_stopping_process_is_alive_but_not_ready() -> None:
    probes = Health({})
    probes.stop()
    assert await ask(probes, "/healthz") == (200, {"status": "ok"})
    assert (await ask(probes))[0] == 503
