"""The operators' channel in Teams: what answers their presses, with all that it works on."""

from __future__ import annotations

from collections.abc import Callable

from bot.operators.presses import OperatorPresses
from parts import Parts
from program.windows import calendar_of
from storage.console import SqlAccounts, SqlAuditLog
from storage.request_cards import SqlOperatorsChannel
from storage.workbench import SqlWorkbench


def operators(parts: Parts, wait: Callable[[str], float]) -> OperatorPresses | None:
    """Who answers presses, if there is a channel; ``wait`` gives the seconds that a user has to wait."""
    database, conversation = parts.database, parts.settings.operators_channel
    if not conversation:
        return None
    return OperatorPresses(
        conversation=conversation,
        channel=SqlOperatorsChannel(database),
        bench=SqlWorkbench(database, parts.clock),
        accounts=SqlAccounts(database),
        audit=SqlAuditLog(database),
        writer=parts.writer,
        outbox=parts.outbox,
        calendar=lambda: calendar_of(parts.watcher.library.program),
        clock=parts.clock,
        service_urls=parts.identity.service_urls,
        wait=wait,
    )
