"""What ``/readyz`` looks at."""

from __future__ import annotations

from collections.abc import Callable

from faq.reload import ReloadStatus
from ops.health import Check, Condition, Finding
from turn.ports import Outbox


def outbox_check(outbox: Outbox) -> Check:
    """How full the outbox is; that the database answers at all is part of it."""

    async def check() -> Finding:
        waiting, parked = await outbox.waiting()
        return Finding(Condition.DEGRADED if parked else Condition.OK, f"{waiting} waiting, {parked} parked")

    return check


def database_check(outbox: Outbox) -> Check:
    """Whether the database answers."""

    async def check() -> Finding:
        await outbox.waiting()
        return Finding()

    return check


def content_check(status: Callable[[], ReloadStatus]) -> Check:
    """Whether the files are those that are live."""

    async def check() -> Finding:
        found = status()
        if found.error:
            return Finding(Condition.DEGRADED, found.error)
        return Finding(detail=f"version {found.version}")

    return check
